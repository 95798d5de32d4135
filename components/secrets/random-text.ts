import * as pulumi from "@pulumi/pulumi";
import { RandomPassword, RandomPasswordArgs } from "@pulumi/random";
import { Adopted, SecretGeneration, guarded, isAdopted, keepers } from "../generations";
import { LiveGeneration, RotationRecord, liveGenerations } from "../rotation";

/** The inputs that shape a value. A change takes effect with a slot's next generation and never touches a live one. */
const SHAPE = [
  "length",
  "lower",
  "upper",
  "numeric",
  "special",
  "overrideSpecial",
  "minLower",
  "minUpper",
  "minNumeric",
  "minSpecial",
] as const;

/** How a generated text looks: what `RandomPassword` takes, except for its keepers. */
export type TextShape = Pick<RandomPasswordArgs, "length" | (typeof SHAPE)[number]>;

/** What every generated secret is told. */
export interface GeneratedSecretArgs {
  /** The secret's record; its generations are the keepers. */
  readonly record: RotationRecord;
  /** Set when generation 1 already runs in production: it is taken over by reference, and generation 2 is the first generated one. */
  readonly adopted?: Adopted;
}

/**
 * One random resource for each live slot, named `<name>-<slot>`. `RandomPassword`, because of the random resources it alone keeps
 * its value out of its id; the value is marked secret here, since under mocks nobody else does.
 */
export function generate(
  name: string,
  { record, adopted }: GeneratedSecretArgs,
  shape: TextShape,
  parent: pulumi.Resource,
): SecretGeneration[] {
  return liveGenerations(record).map((live) =>
    isAdopted(live, adopted)
      ? { ...live, storeVersion: adopted?.storeVersion }
      : { ...live, value: pulumi.secret(randomText(name, live, shape, parent).result) },
  );
}

function randomText(
  name: string,
  live: LiveGeneration,
  shape: TextShape,
  parent: pulumi.Resource,
): RandomPassword {
  return new RandomPassword(
    `${name}-${live.slot}`,
    { ...shape, keepers: keepers(live) },
    guarded(live, { parent, ignoreChanges: [...SHAPE], additionalSecretOutputs: ["result"] }),
  );
}
