import { z } from "zod";
import type { Provider } from "./protocol/resource";
import { privateKey } from "./tls/private-key";

/**
 * Stands in for the official tls provider in a rehearsal, for `PrivateKey` alone: certificates are not its business. The same
 * inputs, ids, secret outputs and replacements; the keys come from Node's cryptographic generator.
 */
export const tlsProvider: Provider<undefined> = {
  name: "tls",
  version: "5.6.1",
  config: z.strictObject({}),
  configure: () => undefined,
  detailedDiffs: false,
  resources: [privateKey],
};
