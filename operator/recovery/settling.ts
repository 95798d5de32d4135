import { RekeyError } from "../errors";
import { GoogleApiError } from "../google";
import { settle } from "./leftovers";
import type { Interrupted, Settled } from "./settled";
import type { KnownResource } from "./state";

/** Whatever is no answer of the cloud stops the update before it: to go on could make a second one of what is there. */
export async function settleOne(interrupted: Interrupted): Promise<Settled> {
  try {
    return await settle(interrupted);
  } catch (error) {
    if (error instanceof GoogleApiError || !(error instanceof Error)) throw error;
    throw unlearned(`the creation of ${nameOf(interrupted.resource)} was interrupted`, error);
  }
}

/** The cloud did not say what became of an operation. */
export function unlearned(what: string, cause: Error): RekeyError {
  return new RekeyError({
    code: "recovery",
    message: `${what}, and what became of it is not to be learned: ${cause.message}`,
    exitCode: 1,
    fix: "mend the cause, then run rekey up again: it converges",
    cause,
  });
}

/** What became of a creation, to be said after its name. */
export function describe(settled: Settled | undefined): string {
  if (settled?.kind === "known") return ": a later update made it";
  if (settled?.kind === "exists") return ": it exists and is in the state now";
  if (settled?.kind === "cleared") return `: ${settled.what}`;
  return "";
}

/** The last part of a resource's URN. */
export function nameOf({ urn }: Pick<KnownResource, "urn">): string {
  return urn.split("::").at(-1) ?? urn;
}
