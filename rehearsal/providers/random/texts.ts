import { z } from "zod";
import type { Properties } from "../protocol/values";
import type { Resource } from "../protocol/resource";
import { bcryptHash } from "./bcrypt";
import { keepers } from "./shared";
import { randomText, type Shape } from "./text";

// The official provider hashes at cost 10; the hash is as valid at 4 and leaves the processor to the rehearsal.
const BCRYPT_COST = 4;

const count = z.number().int().min(0).optional();
const flag = z.boolean().optional();
const inputs = z
  .strictObject({
    keepers,
    length: z.number().int().min(1),
    lower: flag,
    minLower: count,
    minNumeric: count,
    minSpecial: count,
    minUpper: count,
    number: flag,
    numeric: flag,
    overrideSpecial: z.string().optional(),
    special: flag,
    upper: flag,
  })
  .refine((value) => minimums(value) <= value.length, {
    message: "length must be at least minUpper + minLower + minNumeric + minSpecial",
  })
  .refine((value) => [value.lower, numeric(value), value.special, value.upper].includes(true), {
    message: "at least one of lower, numeric, special and upper must be true",
  })
  .refine((value) => (value.number ?? value.numeric) === (value.numeric ?? value.number), {
    message: "number and numeric must not differ; number is deprecated",
  });

const shapeInputs = [
  "keepers",
  "length",
  "lower",
  "minLower",
  "minNumeric",
  "minSpecial",
  "minUpper",
  "number",
  "numeric",
  "overrideSpecial",
  "special",
  "upper",
] as const;

function minimums(value: Partial<Record<string, unknown>>): number {
  return ["minUpper", "minLower", "minNumeric", "minSpecial"]
    .map((key) => (value[key] as number | undefined) ?? 0)
    .reduce((sum, minimum) => sum + minimum, 0);
}

function numeric(value: { number?: boolean | undefined; numeric?: boolean | undefined }): boolean {
  return value.numeric ?? value.number ?? true;
}

/** What the official provider fills in; it puts these into the outputs, not into the inputs. */
function planned(given: Properties): Properties {
  const digits = numeric(given);
  return {
    lower: true,
    minLower: 0,
    minNumeric: 0,
    minSpecial: 0,
    minUpper: 0,
    special: true,
    upper: true,
    ...given,
    number: digits,
    numeric: digits,
  };
}

// Official code counts bytes, and writes the flags into the inputs of what it imports.
function imported(result: string): { inputs: Properties; outputs: Properties } {
  const flags = { lower: true, number: true, numeric: true, special: true, upper: true };
  const given = { length: Buffer.byteLength(result), ...flags };
  return { inputs: given, outputs: { ...planned(given), result } };
}

// Unset flags mean 'on', so the check of 'at least one' needs them filled in first.
const checked = z.preprocess(
  (value) =>
    typeof value === "object" && value !== null
      ? { lower: true, special: true, upper: true, ...value }
      : value,
  inputs,
);

/** A generated password: its value is secret in every output, and its id is the word `none`. */
export const randomPassword: Resource<undefined> = {
  token: "random:index/randomPassword:RandomPassword",
  inputs: checked,
  replaceOn: shapeInputs,
  secretOutputs: ["bcryptHash", "result"],
  computed: ["bcryptHash", "result"],
  normalize: planned,
  planned,
  create: (given) => {
    const outputs = planned(given);
    const result = randomText(outputs as unknown as Shape);
    const hash = bcryptHash(result, BCRYPT_COST);
    return Promise.resolve({ id: "none", outputs: { ...outputs, result, bcryptHash: hash } });
  },
  // An import's id is the value itself, as the official provider has it.
  read: (id, old) => {
    if (old) return Promise.resolve({ id, ...old });
    const { inputs: found, outputs } = imported(id);
    const hash = bcryptHash(id, BCRYPT_COST);
    return Promise.resolve({
      id: "none",
      inputs: found,
      outputs: { ...outputs, bcryptHash: hash },
    });
  },
  delete: () => Promise.resolve(),
};

/** A generated text that is no secret: its value is plain and is the id too. */
export const randomString: Resource<undefined> = {
  token: "random:index/randomString:RandomString",
  inputs: checked,
  replaceOn: shapeInputs,
  computed: ["result"],
  normalize: planned,
  planned,
  create: (given) => {
    const outputs = planned(given);
    const result = randomText(outputs as unknown as Shape);
    return Promise.resolve({ id: result, outputs: { ...outputs, result } });
  },
  read: (id, old) => Promise.resolve(old ? { id, ...old } : { id, ...imported(id) }),
  delete: () => Promise.resolve(),
};
