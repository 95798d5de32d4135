import { SecretDeclaration } from "../components/inventory";
import { CAPANEL_SECRETS } from "./capanel/inventory";

/** The systems that this project knows, each a module of this folder. */
export const SYSTEMS = ["capanel"] as const;
/** A system's name. */
export type System = (typeof SYSTEMS)[number];

const SECRETS: Record<System, readonly SecretDeclaration[]> = { capanel: CAPANEL_SECRETS };

/** The secrets of the systems named, in their order; with an environment, only those that it has. */
export function inventory(
  systems: readonly System[] = SYSTEMS,
  environment?: string,
): SecretDeclaration[] {
  return systems
    .flatMap((system) => [...SECRETS[system]])
    .filter(
      ({ environments }) =>
        environment === undefined ||
        environments === undefined ||
        environments.includes(environment),
    );
}
