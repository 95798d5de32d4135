import type { SecretText } from "../../components/secret-text";
import { DECLARED_LABEL } from "../../components/stores/aws-staging-labels";
import { RotationRefused, type RotationEvent, stepOf } from "./event";
import {
  generationLabel,
  generationOf,
  labelsBelow,
  type RotatedSecret,
  type Versions,
} from "./versions";

/** What rotates: how a new value is made, brought to its target and tried there. Each part may be run again at any time. */
export interface Strategy {
  /** A new value beside the one in use. */
  create(current: SecretText): Promise<SecretText>;
  /** Makes the target accept the pending value; must leave the one in use alone. */
  set(pending: SecretText, current: SecretText): Promise<void>;
  /** Fails while the target does not accept the pending value. */
  test(pending: SecretText): Promise<void>;
}

/**
 * Takes one step of a rotation. Each may be repeated after a crash at any point and does then only what is missing; AWSCURRENT moves
 * last, in one call, to a value that its target was seen to accept.
 *
 * @throws RotationRefused where the secret is not being rotated under this token.
 */
export async function takeStep(
  event: RotationEvent,
  secret: RotatedSecret,
  strategy: Strategy,
  now: () => Date = () => new Date(),
): Promise<void> {
  const step = stepOf(event);
  const { ClientRequestToken: token } = event;
  const versions = await secret.versions();
  check(secret, versions, token);
  // The step was repeated after the rotation was over: finishing it once more tidies up, and nothing else may touch what is in use.
  const over = versions.holders.get("AWSCURRENT") === token;
  if (over && step !== "finishSecret") return;
  switch (step) {
    case "createSecret":
      return create(secret, token, strategy);
    case "setSecret":
      return strategy.set(await pendingValue(secret, token), await secret.current());
    case "testSecret":
      return strategy.test(await pendingValue(secret, token));
    case "finishSecret":
      return finish(secret, versions, token, strategy, now);
  }
}

function check({ id }: RotatedSecret, { rotationEnabled, labels }: Versions, token: string): void {
  if (!rotationEnabled)
    throw new RotationRefused(
      id,
      "its rotation is not switched on",
      "Deploy the rotation function's stack again",
    );
  const stages = labels.get(token);
  if (!stages?.includes("AWSPENDING") && !stages?.includes("AWSCURRENT"))
    throw new RotationRefused(
      id,
      `version ${token} is not being rotated`,
      "Begin a rotation with `aws secretsmanager rotate-secret`",
    );
}

async function create(secret: RotatedSecret, token: string, strategy: Strategy): Promise<void> {
  // What an earlier run wrote is kept: its target may know it already.
  if (await secret.value(token)) return;
  await secret.putPending(token, await strategy.create(await secret.current()));
}

async function pendingValue(secret: RotatedSecret, token: string): Promise<SecretText> {
  const pending = await secret.value(token);
  if (!pending)
    throw new RotationRefused(
      secret.id,
      "its pending version has no value",
      "The service repeats the rotation from createSecret on",
    );
  return pending;
}

async function finish(
  secret: RotatedSecret,
  versions: Versions,
  token: string,
  strategy: Strategy,
  now: () => Date,
): Promise<void> {
  const current = versions.holders.get("AWSCURRENT");
  const mine = versions.labels.get(token) ?? [];
  if (current !== token) {
    // A crash may have come between a test and this; a value that stopped working must not become the one in use.
    await strategy.test(await pendingValue(secret, token));
    const generation = current === undefined ? 1 : generationOf(versions, current) + 1;
    const label = generationLabel(generation);
    // The generation's label comes first, so that the version in use is never without one.
    if (!mine.includes(label)) await secret.move(label, token, versions.holders.get(label));
    // What the program's state refers to is never pruned, an adopted version neither, which came without a label.
    if (current !== undefined && !versions.holders.has(DECLARED_LABEL))
      await secret.move(DECLARED_LABEL, current, undefined);
    await secret.move("AWSCURRENT", token, current);
  }
  const after = current === token ? versions : await secret.versions();
  const generation = generationOf(after, token);
  for (const { label, version } of labelsBelow(after, generation - 1))
    await secret.move(label, undefined, version);
  await secret.tag(generation, now().toISOString());
  if (after.labels.get(token)?.includes("AWSPENDING"))
    await secret.move("AWSPENDING", undefined, token);
}
