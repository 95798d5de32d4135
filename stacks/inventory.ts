import { ConfigurationError } from "../components/errors";
import { SecretDeclaration } from "../components/inventory";
import { capanelSecrets } from "./capanel/inventory";
import { MGMT_VIBE_SECRETS } from "./mgmt-vibe/inventory";
import { PROJECT_SECRETS } from "./project/inventory";
import { PROXPANEL_SECRETS } from "./proxpanel/inventory";

/** The systems that this project knows, each a module of this folder. */
export const SYSTEMS = ["capanel", "mgmt-vibe", "proxpanel", "project"] as const;
/** A system's name. */
export type System = (typeof SYSTEMS)[number];

/** What a stack's settings say of a system, under `rekey:<system>`; undefined where they say nothing. */
export type SettingsOf = (system: System) => unknown;

const SECRETS: Record<System, (settings: unknown) => readonly SecretDeclaration[]> = {
  capanel: capanelSecrets,
  "mgmt-vibe": () => MGMT_VIBE_SECRETS,
  proxpanel: () => PROXPANEL_SECRETS,
  project: () => PROJECT_SECRETS,
};

/**
 * The secrets of the systems named, in their order; with an environment, only those that it has, and with a stack's settings as these
 * make them.
 */
export function inventory(
  systems: readonly System[] = SYSTEMS,
  environment?: string,
  settings: SettingsOf = () => undefined,
): SecretDeclaration[] {
  return systems
    .flatMap((system) => [...SECRETS[system](settings(system))])
    .filter(
      ({ environments }) =>
        environment === undefined ||
        environments === undefined ||
        environments.includes(environment),
    );
}

/**
 * Records are kept by the secret's name, so two systems of one stack must not have a secret of the same name.
 *
 * @throws ConfigurationError naming both systems.
 */
export function requireDistinct(secrets: readonly SecretDeclaration[]): void {
  const owners = new Map<string, string>();
  for (const { name, system } of secrets) {
    const other = owners.get(name);
    if (other !== undefined)
      throw new ConfigurationError({
        path: "rekey:systems",
        problem: `${other} and ${system} both have a secret named ${name}`,
        allowed: "systems whose secrets have different names",
        fix: `give ${system} a stack of its own: \`pulumi stack init ${system}\``,
      });
    owners.set(name, system);
  }
}
