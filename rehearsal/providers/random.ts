import { z } from "zod";
import type { Provider } from "./protocol/resource";
import { randomBytesResource, randomId, randomInteger, randomUuid } from "./random/numbers";
import { randomPassword, randomString } from "./random/texts";

/**
 * Stands in for the official random provider in a rehearsal: the same inputs, ids, secret outputs and
 * replacements, with the values from Node's cryptographic generator.
 */
export const randomProvider: Provider<undefined> = {
  name: "random",
  version: "4.21.2",
  config: z.strictObject({}),
  configure: () => undefined,
  detailedDiffs: false,
  resources: [
    randomPassword,
    randomString,
    randomBytesResource,
    randomId,
    randomUuid,
    randomInteger,
  ],
};
