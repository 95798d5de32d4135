import { Bad } from "../program";
import { access } from "./access";
import { elsewhere } from "./elsewhere";
import { storesAndTargets } from "./stores-and-targets";
import { workloads } from "./workloads";

/** Programs that must not pass, by name. */
export const bad: Readonly<Record<string, Bad>> = {
  ...workloads,
  ...storesAndTargets,
  ...elsewhere,
  ...access,
};
