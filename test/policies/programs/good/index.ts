import { Declare } from "../program";
import { storesAndTargets } from "./stores-and-targets";
import { workloads } from "./workloads";

/** Programs that must pass, by name. */
export const good: Readonly<Record<string, Declare>> = { ...storesAndTargets, ...workloads };
