import * as pulumi from "@pulumi/pulumi";
import { RandomPassword, RandomPasswordArgs } from "@pulumi/random";
import { Adopted, SecretGeneration, guarded, isAdopted, keepers } from "../generations";
import { LiveGeneration, RotationRecord, liveGenerations } from "../rotation";
import { markedValue } from "../test-values";

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
  /**
   * The value that generation 1 has in production where no store keeps it: it stays in use, and generation 2 is the first generated one.
   * Set it before the first update only; later the engine refuses, since the generated value is in use by then.
   */
  readonly runningValue?: string | undefined;
  /**
   * The stack's environment. With `dev` every generated value starts with `dev-test-`. The mark is part of the value, so a stack keeps
   * its environment for life: setting `dev` on one that runs already changes what its consumers get.
   */
  readonly environment?: string;
}

/** What few classes need of {@link generate}. */
export interface GenerateOptions {
  /** Runs before the deletion of a generation's resource and holds it back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook;
  /** Which of the live generations are texts; all unless given. */
  readonly only?: (live: LiveGeneration) => boolean;
}

/**
 * One random resource for each live slot, named `<name>-<slot>`. `RandomPassword`, because of the random resources it alone keeps
 * its value out of its id; the value is marked secret here, since under mocks nobody else does.
 */
export function generate(
  name: string,
  { record, adopted, runningValue, environment }: GeneratedSecretArgs,
  shape: TextShape,
  parent: pulumi.Resource,
  { beforeRetirement, only = () => true }: GenerateOptions = {},
): SecretGeneration[] {
  const held = beforeRetirement ? { hooks: { beforeDelete: [beforeRetirement] } } : {};
  return liveGenerations(record)
    .filter(only)
    .map((live) => {
      if (isAdopted(live, adopted)) return { ...live, storeVersion: adopted?.storeVersion };
      if (isRunning(live, runningValue)) return { ...live, value: pulumi.secret(runningValue) };
      const random = randomText(name, live, shape, { parent, ...held });
      return { ...live, value: markedValue(random.result, environment) };
    });
}

/** True for the generation whose value was brought in from what runs: it is used as it is, and never generated. */
export function isRunning(
  { generation }: LiveGeneration,
  runningValue: string | undefined,
): runningValue is string {
  return runningValue !== undefined && generation === 1;
}

function randomText(
  name: string,
  live: LiveGeneration,
  shape: TextShape,
  opts: pulumi.CustomResourceOptions,
): RandomPassword {
  return new RandomPassword(
    `${name}-${live.slot}`,
    { ...shape, keepers: keepers(live) },
    guarded(live, { ...opts, ignoreChanges: [...SHAPE], additionalSecretOutputs: ["result"] }),
  );
}
