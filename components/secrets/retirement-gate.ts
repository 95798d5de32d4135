import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random";
import { SecretGeneration } from "../generations";
import { RotationRecord, retiredGenerations } from "../rotation";

/**
 * Runs the hook before anybody gets a list of keys from which one is missing: the live values wait for a resource, `<name>-retired`,
 * that is made anew (it holds nothing secret) whenever another generation is retired or withdrawn. Without it the consumers would lose the key
 * first, and the deletion would be held back too late. While the hook fails, the update stops before any store or consumer changes.
 *
 * A program without a hook, or a secret of which nothing was retired yet, has no such resource.
 */
export function gated<G extends SecretGeneration>(
  name: string,
  generations: readonly G[],
  record: RotationRecord,
  parent: pulumi.Resource,
  hook: pulumi.ResourceHook | undefined,
): G[] {
  const retired = retiredGenerations(record);
  if (!hook || retired.length === 0) return [...generations];
  const gate = new RandomId(
    `${name}-retired`,
    { byteLength: 4, keepers: { generations: retired.join(",") } },
    { parent, hooks: { beforeCreate: [hook] } },
  );
  return generations.map((live) => ({
    ...live,
    ...(live.value ? { value: after(gate, live.value) } : {}),
  }));
}

/** The keepers are known in previews, so that waiting for them makes nothing unknown there. */
function after(gate: RandomId, value: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.all([value, gate.keepers]).apply(([text]) => text);
}
