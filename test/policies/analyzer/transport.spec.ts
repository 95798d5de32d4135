import assert from "node:assert/strict";
import { ClientHttp2Session, connect } from "node:http2";
import * as grpc from "@grpc/grpc-js";
import { Served, serve } from "../../../policies/analyzer/transport";

type Outcome = { readonly answer?: Buffer; readonly code?: number; readonly details?: string };

describe("the pack's server", () => {
  let served: Served;
  let client: grpc.Client;

  before(async () => {
    served = await serve("example.Service", {
      Echo: (message) => message,
      Length: (message) => Buffer.from(String(message.length)),
      Fail: () => {
        throw Object.assign(new Error("no"), { stack: "no, 100 % ‘wrong’\n    at a line" });
      },
    });
    const options = { "grpc.max_receive_message_length": -1 };
    client = new grpc.Client(
      `127.0.0.1:${served.port}`,
      grpc.credentials.createInsecure(),
      options,
    );
  });
  after(async () => {
    client.close();
    await served.close();
  });

  /** A call by somebody else's client of gRPC. */
  function call(method: string, message: Buffer): Promise<Outcome> {
    const same = (bytes: Buffer) => bytes;
    return new Promise((resolve) => {
      client.makeUnaryRequest(`/example.Service/${method}`, same, same, message, (error, answer) =>
        resolve(error ? { code: error.code, details: error.details } : { answer: answer! }),
      );
    });
  }

  it("answers a message with a message, empty ones too", async () => {
    for (const text of ["", "hello", "€".repeat(20_000)]) {
      const { answer } = await call("Echo", Buffer.from(text));
      assert.equal(answer?.toString(), text);
    }
  });

  it("takes messages of many megabytes, as a whole stack is one", async () => {
    const { answer } = await call("Length", Buffer.alloc(64 << 20, 7));
    assert.equal(answer?.toString(), String(64 << 20));
  });

  it("answers many calls at once, each with its own", async () => {
    const texts = Array.from({ length: 300 }, (_, index) => `call ${index}`);
    const outcomes = await Promise.all(texts.map((text) => call("Echo", Buffer.from(text))));
    assert.deepEqual(
      outcomes.map(({ answer }) => answer?.toString()),
      texts,
    );
  });

  it("tells what a method threw, whatever characters that has", async () => {
    const { code, details } = await call("Fail", Buffer.from("x"));
    assert.equal(code, grpc.status.UNKNOWN);
    assert.equal(details, "no, 100 % ‘wrong’\n    at a line");
  });

  it("refuses a call that it does not know as unimplemented, again and again", async () => {
    for (let time = 0; time < 50; time++) {
      const { code } = await call("Other", Buffer.alloc(100_000));
      assert.equal(code, grpc.status.UNIMPLEMENTED);
    }
    assert.equal((await call("Echo", Buffer.from("still"))).answer?.toString(), "still");
  });

  it("refuses what is not one plain message", async () => {
    const session = connect(`http://127.0.0.1:${served.port}`);
    const [compressed, short, long] = [Buffer.alloc(6, 1), Buffer.alloc(2), Buffer.alloc(9)];
    try {
      for (const bytes of [compressed, short, long, Buffer.alloc(0)])
        assert.equal(await statusOf(session, bytes), String(grpc.status.INTERNAL));
    } finally {
      session.close();
    }
  });

  it("goes on where a caller breaks off in the middle", async () => {
    const session = connect(`http://127.0.0.1:${served.port}`);
    const stream = session.request({ ":method": "POST", ":path": "/example.Service/Echo" });
    stream.on("error", () => undefined);
    stream.write(Buffer.alloc(3));
    await new Promise((resolve) => session.once("connect", resolve));
    session.destroy();
    assert.equal((await call("Echo", Buffer.from("on"))).answer?.toString(), "on");
  });

  it("listens on the loopback interface only", () => {
    assert.equal(served.address, "127.0.0.1");
  });
});

function statusOf(session: ClientHttp2Session, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": "/example.Service/Echo" });
    stream.once("response", (headers) => resolve(String(headers["grpc-status"])));
    stream.once("error", reject);
    stream.resume().end(bytes);
  });
}
