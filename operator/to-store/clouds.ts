import { findEngine } from "../../engine";
import { AwsRefusal } from "../aws-call";
import { explain } from "../engine-errors";
import { RekeyError } from "../errors";
import { GoogleApiError } from "../google";
import { createProgress } from "../output";
import type { OpenProject } from "../project";
import { type Cloud, openCloud } from "../recovery/cloud";
import { type KnownResource, readState } from "../recovery/state";
import { VaultError } from "../vault";
import { openStack } from "../workspace";

/** The clouds of a stack, by its own settings, and the resources that its state knows. */
export interface Clouds {
  readonly cloud: Cloud;
  readonly resources: readonly KnownResource[];
}

/**
 * Opens the stack's state and reaches its clouds as its providers do. Close `cloud` in the end.
 *
 * @throws RekeyError where the engine cannot open the stack.
 */
export async function openClouds({ cwd, stack: name }: OpenProject): Promise<Clouds> {
  const progress = createProgress();
  try {
    const engine = await findEngine({ progress });
    const place = { cwd, stack: name, command: engine.command };
    try {
      const { stack } = await openStack(place);
      const [{ resources }, config] = await Promise.all([readState(stack), stack.getAllConfig()]);
      return { resources, cloud: openCloud(config, new Set()) };
    } catch (error) {
      throw explain(error, { place, observed: { messages: [] }, mistake: undefined });
    }
  } finally {
    progress.end();
  }
}

const AGAIN =
  "run the command again with the same value: what is in the store already is found and used";

/**
 * Makes one call to a store.
 *
 * @param fix what to do once it works again.
 * @throws RekeyError (exit 1) where the store refuses or does not answer; it quotes no request.
 */
export async function askStore<T>(call: () => Promise<T>, fix = AGAIN): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new RekeyError({
      code: "store",
      message: `${error.message}; the settings file was not changed`,
      fix: `mend the cause, then ${fix}`,
      cause: error,
    });
  }
}

function isRefusal(error: unknown): error is Error {
  return [AwsRefusal, GoogleApiError, VaultError].some((kind) => error instanceof kind);
}
