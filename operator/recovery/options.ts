import type { Stack } from "@pulumi/pulumi/automation";
import type { Cloud } from "./cloud";

/** What recovery may look at. */
export interface RecoveryOptions {
  readonly stack: Stack;
  readonly project: string;
  /** What is needed to look into the cloud; asked for only where there is something to look for. */
  readonly cloud: () => Promise<Cloud>;
  /** Is told one line for each thing that was mended. */
  readonly note: (line: string) => void;
}
