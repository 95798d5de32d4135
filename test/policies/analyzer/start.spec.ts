import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzeResponse,
  AnalyzerInfo,
  AnalyzerStackConfigureRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { rules } from "../../../policies/all-rules";
import { packPath } from "../../../policies/run";
import { Declared, requestOf, stackRequestOf } from "../declared";

/** What Pulumi's Node language host runs in a pack's folder, and what stands in for it where there is none. */
const STARTS = {
  "the start script of Pulumi's SDK": require.resolve("@pulumi/pulumi/cmd/run-policy-pack"),
  "the launcher": require.resolve("../../../policies/bin/pulumi-analyzer-policy-nodejs"),
} as const;

const bad: Declared = {
  type: "gcp:cloudrunv2/service:Service",
  properties: {
    template: { containers: [{ envs: [{ name: "DB_PASSWORD", value: "canary-4f1c9b" }] }] },
  },
};

describe("the policy pack's process", function () {
  this.timeout(60_000);
  let folder: string;
  let cache: string;
  let pack: ChildProcess | undefined;
  let client: AnalyzerClient | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rekey-start-"));
    cache = join(folder, "rekey");
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(script: string): Promise<AnalyzerClient> {
    pack = spawn(process.execPath, [script, "127.0.0.1:1", "."], {
      cwd: packPath,
      env: { ...process.env, XDG_CACHE_HOME: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(pack.stdout!), "line")) as [string];
    assert.match(line, /^\d+$/);
    return (client = new AnalyzerClient(`127.0.0.1:${line}`, grpc.credentials.createInsecure()));
  }

  /** As the engine does. */
  async function stop(): Promise<void> {
    client?.close();
    client = undefined;
    if (pack?.exitCode === null && pack.kill("SIGKILL")) await once(pack, "exit");
    pack = undefined;
  }

  /** One call of the engine's. */
  function call<T>(run: (done: (error: Error | null, answer: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      run((error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  /** What the pack says of a bad resource, alone and in its stack. */
  async function judged(asked: AnalyzerClient): Promise<string[]> {
    await call<object>((done) => asked.configureStack(new AnalyzerStackConfigureRequest(), done));
    const alone = await call<AnalyzeResponse>((done) => asked.analyze(requestOf(bad), done));
    const stack = stackRequestOf([bad]);
    await call<AnalyzeResponse>((done) => asked.analyzeStack(stack, done));
    return alone.getDiagnosticsList().map((one) => one.getPolicyname());
  }
  const FOUND = ["no-plaintext-credential-in-cloud-run-env"];

  /** The one file that is kept in a folder of the cache. */
  function keptIn(name: string): string {
    const [file, ...others] = readdirSync(join(cache, name));
    assert.deepEqual(others, []);
    return join(cache, name, file!);
  }

  /** Starts, judges and waits until what it was compiled to is kept. */
  async function firstRun(): Promise<void> {
    mkdirSync(join(cache, "compiled"), { recursive: true });
    const watcher = watch(join(cache, "compiled"));
    try {
      assert.deepEqual(await judged(await start(STARTS["the launcher"])), FOUND);
      while (readdirSync(join(cache, "compiled")).every((file) => !/-x64$|-arm64$/.test(file)))
        await once(watcher, "change");
    } finally {
      watcher.close();
    }
    await stop();
  }

  for (const [by, script] of Object.entries(STARTS))
    it(`tells its port and answers the engine's client, started by ${by}`, async () => {
      const asked = await start(script);
      const info = await call<AnalyzerInfo>((done) => asked.getAnalyzerInfo(new Empty(), done));
      assert.equal(info.getName(), "rekey");
      assert.equal(info.getPoliciesList().length, rules.length);
      assert.equal(pack!.exitCode, null);
    });

  it("keeps what it was compiled to when it has judged a stack, and judges the same with it", async () => {
    await firstRun();
    const { ino } = statSync(keptIn("compiled"));
    assert.deepEqual(await judged(await start(STARTS["the launcher"])), FOUND);
    assert.equal(statSync(keptIn("compiled")).ino, ino);
  });

  it("judges the same where what is kept is broken, and mends it", async () => {
    await firstRun();
    const bundle = readFileSync(keptIn("bundled"));
    for (const name of ["bundled", "compiled"]) truncateSync(keptIn(name), 500_000);
    assert.deepEqual(await judged(await start(STARTS["the launcher"])), FOUND);
    assert.deepEqual(readFileSync(keptIn("bundled")), bundle);
  });

  it("judges the same where nothing can be kept", async () => {
    writeFileSync(cache, "a file where the folder should be");
    assert.deepEqual(await judged(await start(STARTS["the launcher"])), FOUND);
  });
});
