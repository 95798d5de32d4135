import { randomBytes, randomInt } from "node:crypto";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import { badImportId, keepers } from "./shared";

// crypto.randomInt is unbiased up to this range.
const RANGE_LIMIT = 2 ** 48 - 1;

/**
 * Random bytes. Both encodings are secret outputs, but the id is the value in base64 and an id is never
 * secret: it stands plain in previews and in the state, here as with the official provider.
 */
export const randomBytesResource: Resource<undefined> = {
  token: "random:index/randomBytes:RandomBytes",
  inputs: z.strictObject({ keepers, length: z.number().int().min(1) }),
  replaceOn: ["keepers", "length"],
  secretOutputs: ["base64", "hex"],
  computed: ["base64", "hex"],
  create: (inputs) => {
    const bytes = randomBytes(inputs.length as number);
    return Promise.resolve({ id: bytes.toString("base64"), outputs: encodings(bytes) });
  },
  read: (id, old) => {
    if (old) return Promise.resolve({ id, ...old });
    const bytes = Buffer.from(id, "base64");
    if (bytes.toString("base64") !== id) {
      throw badImportId("random:index/randomBytes:RandomBytes", "of base64");
    }
    return Promise.resolve({ id, inputs: { length: bytes.length }, outputs: encodings(bytes) });
  },
  delete: () => Promise.resolve(),
};

function encodings(bytes: Buffer): Properties {
  return { base64: bytes.toString("base64"), hex: bytes.toString("hex") };
}

/** A random identifier: plain in every output. For names, never for secrets. */
export const randomId: Resource<undefined> = {
  token: "random:index/randomId:RandomId",
  inputs: z.strictObject({
    byteLength: z.number().int().min(1),
    keepers,
    prefix: z.string().optional(),
  }),
  replaceOn: ["byteLength", "keepers", "prefix"],
  computed: ["b64Std", "b64Url", "dec", "hex"],
  create: (inputs) => {
    const bytes = randomBytes(inputs.byteLength as number);
    return Promise.resolve(identifier(bytes, inputs.prefix as string | undefined));
  },
  read: (id, old) => {
    if (old) return Promise.resolve({ id, ...old });
    const comma = id.lastIndexOf(",");
    const prefix = comma < 0 ? undefined : id.slice(0, comma);
    const value = id.slice(comma + 1);
    const bytes = Buffer.from(value, "base64url");
    if (bytes.toString("base64url") !== value) {
      throw badImportId("random:index/randomId:RandomId", "value or prefix,value in base64url");
    }
    const inputs = { byteLength: bytes.length, ...(prefix === undefined ? {} : { prefix }) };
    return Promise.resolve({ inputs, ...identifier(bytes, prefix) });
  },
  delete: () => Promise.resolve(),
};

function identifier(bytes: Buffer, prefix = ""): { id: string; outputs: Properties } {
  return {
    id: bytes.toString("base64url"),
    outputs: {
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + bytes.toString("base64url"),
      dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(10),
      hex: prefix + bytes.toString("hex"),
    },
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** 128 random bits written as a UUID, without one's version bits: plain, and its own id. */
export const randomUuid: Resource<undefined> = {
  token: "random:index/randomUuid:RandomUuid",
  inputs: z.strictObject({ keepers }),
  replaceOn: ["keepers"],
  computed: ["result"],
  create: () => {
    const groups = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
    const result = randomBytes(16).toString("hex").replace(groups, "$1-$2-$3-$4-$5");
    return Promise.resolve({ id: result, outputs: { result } });
  },
  read: (id, old) => {
    if (old) return Promise.resolve({ id, ...old });
    const result = id.toLowerCase();
    if (!UUID.test(result)) throw badImportId("random:index/randomUuid:RandomUuid", "of a UUID");
    return Promise.resolve({ id: result, inputs: {}, outputs: { result } });
  },
  delete: () => Promise.resolve(),
};

/** A random whole number between `min` and `max`, both included. `seed` is refused: it is no randomness. */
export const randomInteger: Resource<undefined> = {
  token: "random:index/randomInteger:RandomInteger",
  inputs: z
    .strictObject({ keepers, max: z.number().int(), min: z.number().int() })
    .refine(({ min, max }) => min <= max, { message: "min must not be above max" })
    .refine(({ min, max }) => max - min < RANGE_LIMIT, {
      message: "max - min must be below 2^48 - 1",
    }),
  replaceOn: ["keepers", "max", "min"],
  computed: ["result"],
  create: (inputs) => {
    const { min, max } = inputs as { min: number; max: number };
    const result = randomInt(min, max + 1);
    return Promise.resolve({ id: String(result), outputs: { result } });
  },
  read: (id, old) => {
    if (old) return Promise.resolve({ id, ...old });
    const numbers = id.split(",").map(Number);
    const [result, min, max] = numbers;
    if (numbers.length !== 3 || !numbers.every(Number.isInteger)) {
      throw badImportId("random:index/randomInteger:RandomInteger", "result,min,max");
    }
    return Promise.resolve({ id: String(result), inputs: { min, max }, outputs: { result } });
  },
  delete: () => Promise.resolve(),
};
