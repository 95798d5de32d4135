import * as pulumi from "@pulumi/pulumi";
import { guarded } from "../generations";
import { INTAKE_FIELD, IntakePlace, placeOfIntake } from "../intake-place";
import { LiveGeneration } from "../rotation";

/** Arguments of {@link intakeValue}. */
export interface IntakeValueArgs {
  readonly live: LiveGeneration;
  /** As `rekey:external` has it. */
  readonly reference: string;
  /** Runs before what was taken in is deleted, after a retirement, and holds that back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook | undefined;
}

/**
 * A value that was taken in past the program. Its version in the store becomes a resource of the program (`<name>-intake-g5`), which is taken over as it is,
 * never written, and goes when the generation does: in Vault its path is deleted, in AWS its label is taken off. The provider reads the value, and
 * the state has it encrypted, as every value that the program publishes.
 */
export function intakeValue(
  name: string,
  { live, reference, beforeRetirement }: IntakeValueArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const place = placeOfIntake(reference);
  if (place === undefined) throw new Error(`${reference} is no place where a value is taken in`);
  const child = `${name}-intake-g${live.generation}`;
  const opts = guarded(live, {
    parent,
    import: reference,
    ignoreChanges: IGNORED[place.store],
    ...(beforeRetirement ? { hooks: { beforeDelete: [beforeRetirement] } } : {}),
  });
  return pulumi.secret(textAt(place, child, opts).apply((text) => required(text, reference)));
}

function textAt(
  place: IntakePlace,
  name: string,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
  // Only a program that needs one of these packages waits for it.
  if (place.store === "vault-kv") {
    const { SecretV2 } = require("@pulumi/vault/kv") as typeof import("@pulumi/vault/kv");
    const { mount, path } = place;
    const { data } = new SecretV2(name, { mount, name: path }, opts);
    return data.apply((fields) => fields[INTAKE_FIELD]);
  }
  const { SecretVersion } =
    require("@pulumi/aws/secretsmanager") as typeof import("@pulumi/aws/secretsmanager");
  return new SecretVersion(name, { secretId: place.entry }, opts).secretString;
}

/** What stands in the store counts, not what the program says. */
const IGNORED: Readonly<Record<IntakePlace["store"], string[]>> = {
  "vault-kv": ["dataJson", "customMetadata"],
  "aws-secrets-manager": ["secretId", "secretString", "versionStages"],
};

function required(text: string | undefined, reference: string): string {
  if (text !== undefined && text.trim() !== "") return text;
  throw new Error(`there is no value at ${reference}, where one was taken in`);
}
