import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzerInfo } from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { rules } from "../../../policies/all-rules";
import { packPath } from "../../../policies/run";

/** What Pulumi's Node language host runs in a pack's folder, and what stands in for it where there is none. */
const STARTS = {
  "the start script of Pulumi's SDK": require.resolve("@pulumi/pulumi/cmd/run-policy-pack"),
  "the launcher": require.resolve("../../../policies/bin/pulumi-analyzer-policy-nodejs"),
} as const;

describe("the policy pack's process", function () {
  this.timeout(60_000);
  let pack: ChildProcess | undefined;
  afterEach(async () => {
    if (pack?.exitCode === null && pack.kill("SIGKILL")) await once(pack, "exit");
  });

  for (const [start, script] of Object.entries(STARTS))
    it(`tells its port and answers the engine's client, started by ${start}`, async () => {
      pack = spawn(process.execPath, [script, "127.0.0.1:1", "."], {
        cwd: packPath,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(createInterface(pack.stdout!), "line")) as [string];
      assert.match(line, /^\d+$/);
      const client = new AnalyzerClient(`127.0.0.1:${line}`, grpc.credentials.createInsecure());
      try {
        const info = await new Promise<AnalyzerInfo>((resolve, reject) => {
          client.getAnalyzerInfo(new Empty(), (error, answer) =>
            error ? reject(error) : resolve(answer),
          );
        });
        assert.equal(info.getName(), "rekey");
        assert.equal(info.getPoliciesList().length, rules.length);
        assert.equal(pack.exitCode, null);
      } finally {
        client.close();
      }
    });
});
