import { type KnownResource, UNREAD } from "./state";

/**
 * What the AWS provider left half recorded: the thing was made or changed, and a call after that failed. The state then has it without what
 * only a reading tells (`arn` is null), and the provider refuses every preview of what refers to it ("Missing required argument") until a
 * refresh. Other clouds' resources are left out: their errors tell that a thing is not ready, and the next update waits for it again.
 *
 * Source: Terraform's AWS provider sets an id before it reads (`resourceSecretCreate`, `resourceRoleCreate`), and Pulumi's bridge records
 * whatever has an id when a creation fails.
 */
export function halfRead(resources: readonly KnownResource[]): KnownResource[] {
  return resources.filter(
    ({ type, id, delete: replaced, initErrors }) =>
      type.startsWith("aws:") &&
      id !== undefined &&
      replaced !== true &&
      initErrors.some((error) => error !== UNREAD),
  );
}
