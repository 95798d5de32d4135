import type { ConfigValue } from "@pulumi/pulumi/automation";
import { ENVIRONMENTS, StackConfig, example } from "../../stacks/examples";
import { MGMT_VIBE, PROXPANEL } from "../../stacks/pages";
import { projectStack } from "../../stacks/project/example";
import { made } from "./program";

/** Settings of a stack that hold credentials; they are encrypted as a whole. */
const ENCRYPTED: readonly string[] = ["rekey:external", "rekey:credentials"];

/** A stack's configuration as the engine takes it. */
export type Settings = Readonly<Record<string, ConfigValue>>;

/** The four systems: capanel in the committed environments, the others as their pages and examples show them. */
export const systemStacks: Readonly<Record<string, Settings>> = {
  ...Object.fromEntries(
    ENVIRONMENTS.map((environment) => [
      `capanel in ${environment}`,
      settings(example(environment)),
    ]),
  ),
  "mgmt-vibe": settings(MGMT_VIBE),
  proxpanel: settings(PROXPANEL),
  "project on AWS and Vault": settings(projectStack(["aws", "vault"])),
};

function settings(config: StackConfig): Settings {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const secret = ENCRYPTED.includes(key);
      const given = secret ? credentials(value, key) : value;
      return [key, { value: typeof given === "string" ? given : JSON.stringify(given), secret }];
    }),
  );
}

/** The examples' values are words that no issuer would hand out; here each is one that looks issued. */
function credentials(value: unknown, name: string): unknown {
  if (typeof value === "string") return /^[{]/.test(value) ? parts(value, name) : made(name);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === "version" ? (part as unknown) : credentials(part, `${name} ${key}`),
    ]),
  );
}

function parts(document: string, name: string): string {
  return JSON.stringify(credentials(JSON.parse(document) as unknown, name));
}
