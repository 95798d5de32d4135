import crypto from "node:crypto";

/** What a program could read a clock or chance by, and where it hangs. */
const READS: readonly (readonly [holder: object, name: string])[] = [
  [Date, "now"],
  [Math, "random"],
  [crypto, "randomBytes"],
  [crypto, "randomFillSync"],
  [crypto, "randomInt"],
  [crypto, "randomUUID"],
  [Object.getPrototypeOf(crypto.webcrypto) as object, "getRandomValues"],
  [crypto, "generateKeyPairSync"],
  [process.hrtime, "bigint"],
  [process, "hrtime"],
  [performance, "now"],
];

/** The engine's SDK may look at the clock for its own calls (gRPC deadlines); no value of a program comes from there. */
const SDK = /node_modules\/@(pulumi|grpc)\/|\(?node:/;

/**
 * Runs a program (the synchronous part, which is all that declares) with every clock and source of chance replaced by one that throws,
 * unless it is the SDK that asks. A `Date` of a given time still works.
 */
export function withoutClockOrChance<T>(program: () => T): T {
  const undo: (() => void)[] = [];
  try {
    for (const [holder, name] of READS) undo.push(replaced(holder, name, guarded(holder, name)));
    undo.push(replaced(globalThis, "Date", timeless()));
    return program();
  } finally {
    for (const restore of undo.reverse()) restore();
  }
}

function guarded(holder: object, name: string): (...args: unknown[]) => unknown {
  const real = (holder as Record<string, (...args: unknown[]) => unknown>)[name];
  const refusing = function (this: unknown, ...args: unknown[]) {
    refuse(name);
    return real?.apply(this, args);
  };
  return Object.assign(refusing, real);
}

function timeless(): DateConstructor {
  return new Proxy(Date, {
    construct(real, args: unknown[]) {
      if (args.length === 0) refuse("Date");
      return Reflect.construct(real, args) as Date;
    },
  });
}

function refuse(name: string): void {
  const frames = new Error().stack?.split("\n").slice(1) ?? [];
  const caller = frames.find((frame) => !frame.includes(__filename));
  if (caller && SDK.test(caller)) return;
  throw new Error(`a program reads ${name}: give it the value in its configuration`);
}

function replaced(holder: object, name: string, by: unknown): () => void {
  const found = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { configurable: true, writable: true, value: by });
  return () => {
    if (found) Object.defineProperty(holder, name, found);
    else Reflect.deleteProperty(holder, name);
  };
}
