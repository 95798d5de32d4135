import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { localProviders } from "../../../../rehearsal/providers";

describe("rehearsal/providers/protocol/serve", function () {
  this.timeout(60_000);
  let dir: string;
  let server: ChildProcessWithoutNullStreams;
  let client: ResourceProviderClient;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-serve-"));
    const folder = localProviders().find(({ name }) => name === "command")?.path ?? "";
    server = spawn(join(folder, "pulumi-resource-command"), ["127.0.0.1:1"]);
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    const address = `127.0.0.1:${line.toString().trim()}`;
    client = new ResourceProviderClient(address, grpc.credentials.createInsecure());
  });

  after(async () => {
    client.close();
    if (server.exitCode === null) server.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
  });

  it("finishes the call under way when its engine is gone, and then exits", async () => {
    await new Promise<void>((resolve, reject) => {
      client.configure(new proto.ConfigureRequest(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    const began = join(dir, "began");
    const ended = join(dir, "ended");
    const inputs: Record<string, JavaScriptValue> = {
      create: `touch ${began}; while [ ! -e ${dir}/go ]; do sleep 0.02; done; touch ${ended}`,
    };
    const request = new proto.CreateRequest();
    request.setType("command:local:Command");
    request.setName("slow");
    request.setProperties(Struct.fromJavaScript(inputs));
    const answer = new Promise<proto.CreateResponse>((resolve, reject) => {
      client.create(request, (error, response) => (error ? reject(error) : resolve(response)));
    });
    await appears(began);
    const exit = once(server, "exit");
    server.stdin.end();
    assert.equal(server.exitCode, null);
    spawn("touch", [join(dir, "go")]);
    assert.match((await answer).getId(), /^slow[0-9a-f]{8}$/);
    await access(ended);
    assert.deepStrictEqual(await exit, [0, null]);
  });
});

async function appears(path: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) return;
    assert.ok(Date.now() < deadline, `${path} did not appear`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
