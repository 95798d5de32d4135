import { ServerHttp2Stream, createServer } from "node:http2";
import type { AddressInfo } from "node:net";

/** Answers one call: a message in, a message out, both in protobuf's form. An error that it throws is told to the caller with its stack. */
export type Method = (message: Uint8Array) => Uint8Array;

/** A server of calls. */
export interface Served {
  readonly address: string;
  readonly port: number;
  /** Resolves when the last connection is gone. */
  readonly close: () => Promise<void>;
}

/** The statuses of gRPC that are given here (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const STATUS = { unknown: 2, resourceExhausted: 8, unimplemented: 12, internal: 13 } as const;
/** Before each message: one byte that says whether it is compressed, and four with its length. */
const PREFIX_BYTES = 5;
/** The longest message that is taken, as the SDK's packs have it: a whole stack is one. */
const MOST_BYTES = 400 << 20;
/** How much may be on its way unconfirmed, in one call and in all: a whole stack should not wait for every 64 KiB. */
const WINDOW_BYTES = { call: 4 << 20, connection: 16 << 20 };
/** An error's text goes into a header, and those have their limits on the other side. */
const MOST_DETAILS = 8 << 10;

/**
 * Serves calls with one message each way over gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) on Node's own HTTP/2,
 * on a free port of the loopback interface. A call that there is no method for is refused as unimplemented.
 *
 * @param service its full name, `pulumirpc.Analyzer`.
 * @returns where it listens. The server keeps the process alive until it is closed.
 */
export async function serve(
  service: string,
  methods: Readonly<Record<string, Method>>,
): Promise<Served> {
  const paths = new Map(
    Object.entries(methods).map(([name, method]) => [`/${service}/${name}`, method]),
  );
  const server = createServer({
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
    settings: { initialWindowSize: WINDOW_BYTES.call },
  });
  server.on("session", (session) => session.setLocalWindowSize(WINDOW_BYTES.connection));
  server.on("stream", (stream, headers) => take(stream, paths.get(headers[":path"] ?? "")));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port, address } = server.address() as AddressInfo;
  return { port, address, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function take(stream: ServerHttp2Stream, method: Method | undefined): void {
  const chunks: Buffer[] = [];
  let size = 0;
  // Whoever asked gave up or is gone: nobody is left to be told, here and where the message ends early.
  stream.on("error", () => stream.destroy());
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    // A call that is not known is read to its end all the same; what is left unread would block the connection.
    if (method && size <= MOST_BYTES) chunks.push(chunk);
  });
  stream.on("end", () => {
    if (stream.destroyed || stream.aborted) return;
    if (!method) return refuse(stream, STATUS.unimplemented, "there is no such call");
    if (size > MOST_BYTES)
      return refuse(stream, STATUS.resourceExhausted, "the message is too long");
    const received = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    if (!isWhole(received)) return refuse(stream, STATUS.internal, "this is not one plain message");
    let answered: Uint8Array;
    try {
      answered = method(received.subarray(PREFIX_BYTES));
    } catch (error) {
      const { stack = "it failed" } = error as Error;
      return refuse(stream, STATUS.unknown, stack);
    }
    answer(stream, answered);
  });
}

/** True for exactly one message that is not compressed; compression would have to be offered first. */
function isWhole(framed: Buffer): boolean {
  if (framed.length < PREFIX_BYTES || framed[0] !== 0) return false;
  return framed.readUInt32BE(1) === framed.length - PREFIX_BYTES;
}

const HEAD = { ":status": 200, "content-type": "application/grpc" };
const GOOD = { "grpc-status": "0" };

/** A message without fields, as most are. */
const EMPTY = Buffer.alloc(PREFIX_BYTES);

function framed(message: Uint8Array): Buffer {
  if (message.length === 0) return EMPTY;
  const bytes = Buffer.alloc(PREFIX_BYTES + message.length);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

function answer(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(GOOD));
  stream.end(framed(message));
}

function refuse(stream: ServerHttp2Stream, status: number, details: string): void {
  const told = { "grpc-status": String(status), "grpc-message": encoded(details) };
  stream.respond({ ...HEAD, ...told }, { endStream: true });
}

/** Percent signs for all but printable ASCII, byte by byte. */
function encoded(details: string): string {
  const bytes = Buffer.from(details.slice(0, MOST_DETAILS)).toString("latin1");
  return bytes.replace(/[^ -$&-~]/g, (byte) => `%${Buffer.from(byte, "latin1").toString("hex")}`);
}
