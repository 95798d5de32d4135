import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The line by which a fake Pulumi CLI that a fake Go "built" is known. */
export const BUILT = "#!/bin/sh\necho v3.256.0\n";

/** A machine with nothing on PATH but the fake programs that a test puts there. */
export class FakeMachine {
  private constructor(
    /** Holds everything of this machine. */
    readonly root: string,
    readonly bin: string,
    readonly cacheDir: string,
    private readonly log: string,
  ) {}

  static async create(): Promise<FakeMachine> {
    const root = await mkdtemp(join(tmpdir(), "rekey-engine-"));
    const machine = new FakeMachine(
      root,
      join(root, "bin"),
      join(root, "cache"),
      join(root, "log"),
    );
    await mkdir(machine.bin);
    return machine;
  }

  get env(): NodeJS.ProcessEnv {
    return { PATH: this.bin, HOME: this.root };
  }

  /** A fake `pulumi` that prints this version; `padding` makes the file as large as a real program. */
  async fakePulumi(version: string, { folder = this.bin, padding = 0 } = {}): Promise<string> {
    await mkdir(folder, { recursive: true });
    const script = `echo pulumi >> ${this.log}\necho v${version}\nexit\n${"#".repeat(padding)}`;
    return this.program(join(folder, "pulumi"), script);
  }

  /**
   * A fake `go` that knows `env`, `list` and `build`, and writes down each build. `build` is the shell text that it runs with the
   * output's path in $out; by default it writes a fake CLI.
   */
  async fakeGo({ version = "1.26.8", list = "echo true; echo false", build = "write" } = {}) {
    const text = `
      PATH=/usr/bin:/bin
      write() { printf '%s' '${BUILT}' > "$out"; }
      case "$1" in
        env) echo go${version}; echo ${this.root}/gocache; echo ${this.root}/gomodcache ;;
        list) ${list} ;;
        build)
          while [ "$1" != -o ]; do shift; done
          out=$2
          echo "build $$" >> ${this.log}
          echo example.com/package >&2
          ${build} ;;
      esac`;
    return this.program(join(this.bin, "go"), text);
  }

  /** What the fake programs wrote down, a line a run. */
  async runs(): Promise<string[]> {
    const text = await readFile(this.log, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    return text.split("\n").filter((line) => line !== "");
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  private async program(path: string, script: string): Promise<string> {
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }
}

/** Resolves when the condition holds. Fails after thirty seconds with what was awaited. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
