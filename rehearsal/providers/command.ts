import { z } from "zod";
import { localCommand } from "./command/local";
import { remoteCommand } from "./command/remote";
import type { Provider } from "./protocol/resource";

/** Stands in for the official command provider in a rehearsal: commands of this machine and of others over SSH. */
export const commandProvider: Provider<undefined> = {
  name: "command",
  version: "1.2.1",
  config: z.strictObject({}),
  configure: () => undefined,
  resources: [localCommand, remoteCommand],
};
