import { join } from "node:path";
import type { Progress } from "../operator/output";
import type { Refusal } from "./engine";
import { findGo, type Go } from "./go";
import { complaint } from "./reason";
import { run } from "./run";
import { type Look, checkSpace } from "./space";
import { MODULE, type Pinned } from "./version";

const PROGRAM = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const STAMP = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** What a build depends on. */
export interface BuildOptions {
  progress: Progress;
  /** The folder whose disk must have room. */
  cacheDir: string;
  env?: NodeJS.ProcessEnv;
  /** For tests: what tells how full the disks are. */
  look?: Look;
}

/**
 * Builds the CLI that engine/go.mod pins into `folder/bin/pulumi`, with the Go on PATH and the user's own Go caches. Some five minutes
 * of processor time at first, seconds when Go has compiled it before. It has no language hosts: the rekey command needs none.
 *
 * @returns undefined when `folder/bin/pulumi` is there.
 */
export async function build(
  pinned: Pinned,
  folder: string,
  options: BuildOptions,
): Promise<Refusal | undefined> {
  const { progress, cacheDir, env, look } = options;
  const go = await findGo(MODULE, pinned.go, progress, env);
  if ("reason" in go) return go;
  const full = await checkSpace(cacheDir, go, pinned.pulumi, look);
  if (full !== undefined) return full;
  const flags = ["-trimpath", "-ldflags", `-s -w -X ${STAMP}=v${pinned.pulumi}`];
  const missing = await countMissing(go, flags, pinned, progress);
  if (typeof missing !== "number") return missing;
  return compile(go, [...flags, "-o", join(folder, "bin", "pulumi")], missing, options);
}

async function countMissing(
  go: Go,
  flags: readonly string[],
  pinned: Pinned,
  progress: Progress,
): Promise<number | Refusal> {
  let fetched = 0;
  const onLine = (line: string) => {
    if (!line.startsWith("go: downloading ")) return;
    fetched++;
    progress.step("fetching Go modules", { done: fetched, total: pinned.modules });
  };
  progress.step("looking what there is to compile");
  const args = ["list", "-deps", ...flags, "-f", "{{.Stale}}", PROGRAM];
  const { code, stdout, stderr } = await run(go.path, args, { cwd: MODULE, env: go.env, onLine });
  if (code !== 0) {
    const fix = "let `go` reach its modules (see `go env GOPROXY`)";
    return { reason: `the Go modules are not to be had: ${complaint(stderr)}`, fix };
  }
  return stdout.split("\n").filter((stale) => stale === "true").length;
}

async function compile(
  go: Go,
  flags: readonly string[],
  missing: number,
  { progress, cacheDir }: BuildOptions,
): Promise<Refusal | undefined> {
  let done = 0;
  const onLine = (line: string) => {
    // `go build -v` names each package that it compiles; complaints have spaces.
    if (/\s/.test(line) || line === "") return;
    done++;
    progress.step("compiling the Pulumi CLI, package", { done, total: missing });
  };
  progress.step("compiling the Pulumi CLI, package", { done, total: missing });
  const args = ["build", "-v", ...flags, PROGRAM];
  const { code, stderr } = await run(go.path, args, { cwd: MODULE, env: go.env, onLine });
  if (code === 0) return undefined;
  const reason = `\`go build\` failed: ${complaint(stderr)}`;
  return { reason, fix: `run \`go build ${PROGRAM}\` in ${MODULE}, with room in ${cacheDir}` };
}
