import type { System } from "../../stacks/inventory";
import type { Clouds } from "../clouds";
import type { SystemRehearsal } from "./system";

/** Calls `use` with a system's rehearsal, whatever clouds that has. */
export type Rehearsal = <O, R>(
  options: O,
  use: <C extends Clouds>(system: SystemRehearsal<C>, options: O) => Promise<R>,
) => Promise<R>;

/** The systems that can be rehearsed; only the one that is asked for is loaded. */
export const REHEARSED: Readonly<Record<System, Rehearsal>> = {
  capanel: (options, use) =>
    use((require("./capanel") as typeof import("./capanel")).capanelRehearsal, options),
  proxpanel: (options, use) =>
    use((require("./proxpanel") as typeof import("./proxpanel")).proxpanelRehearsal, options),
  project: (options, use) =>
    use((require("./project") as typeof import("./project")).projectRehearsal, options),
  "mgmt-vibe": (options, use) =>
    use((require("./mgmt-vibe") as typeof import("./mgmt-vibe")).mgmtVibeRehearsal, options),
};
