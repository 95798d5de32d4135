import * as pulumi from "@pulumi/pulumi";

/** How patient a {@link Verification} is. */
export interface VerificationOptions {
  /** Milliseconds until a consumer that does not answer 200 fails the update; half a minute unless set. */
  readonly deadlineMs?: number;
  /** Milliseconds between two questions to one consumer; 500 unless set. */
  readonly intervalMs?: number;
  /** Milliseconds that one question waits for its answer, so that a consumer that hangs is asked again; 5,000 unless set. */
  readonly answerMs?: number;
}

/**
 * Holds a retirement back until every consumer answers that it works: a hook that runs before each deletion of a retired
 * generation and asks the ready address of every consumer, once an update however much it deletes. While one does not answer 200
 * within the deadline (a redirect is no 200), the update fails and what was to be retired stays; the next `up` tries again.
 */
export class Verification {
  /** Bind it as `beforeDelete` to whatever a retirement deletes. */
  readonly hook: pulumi.ResourceHook;
  readonly #addresses: string[] = [];
  readonly #patience: Required<VerificationOptions>;
  #verified?: Promise<void>;

  constructor(
    name: string,
    { deadlineMs = 30_000, intervalMs = 500, answerMs = 5_000 }: VerificationOptions = {},
  ) {
    this.#patience = { deadlineMs, intervalMs, answerMs };
    this.hook = new pulumi.ResourceHook(
      `${name}-verified`,
      () => (this.#verified ??= this.#verify()),
    );
  }

  /** Adds a consumer by the address that answers 200 once it works with its secrets. */
  expect(address: pulumi.Output<string>): void {
    address.apply((known) => this.#addresses.push(known));
  }

  async #verify(): Promise<void> {
    await Promise.all(this.#addresses.map((address) => ready(address, this.#patience)));
  }
}

async function ready(
  address: string,
  { deadlineMs, intervalMs, answerMs }: Required<VerificationOptions>,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const problem = await ask(address, answerMs);
    if (problem === undefined) return;
    if (Date.now() >= deadline)
      throw new Error(
        `nothing was retired: ${address} does not answer 200 (${problem}). Mend the consumer or roll back with \`rekey rollback\`, then run \`rekey up\` again`,
      );
    await new Promise((next) => setTimeout(next, intervalMs));
  }
}

async function ask(address: string, withinMs: number): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(withinMs);
    const answer = await fetch(address, { signal, redirect: "manual" });
    await answer.arrayBuffer();
    return answer.status === 200 ? undefined : `status ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
