/** What Secrets Manager hands to a rotation function, once for each step. */
export interface RotationEvent {
  readonly Step: string;
  /** The secret's ARN. */
  readonly SecretId: string;
  /** The id that the new version has: the same through all four steps and every repetition of one. */
  readonly ClientRequestToken: string;
}

/** The four steps, in the order in which the service takes them. */
export const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
/** One of them. */
export type Step = (typeof STEPS)[number];

/** A rotation that must not go on: nothing was changed. The service repeats the step; where that does not help, the message says what does. */
export class RotationRefused extends Error {
  constructor(secretId: string, problem: string, fix: string) {
    super(`${secretId}: ${problem}. ${fix}`);
    this.name = "RotationRefused";
  }
}

/** The step that an event names. */
export function stepOf({ Step: named, SecretId }: RotationEvent): Step {
  const found = STEPS.find((step) => step === named);
  if (!found)
    throw new RotationRefused(
      SecretId,
      `there is no step ${JSON.stringify(named)}`,
      `Allowed: ${STEPS.join(", ")}`,
    );
  return found;
}
