import * as pulumi from "@pulumi/pulumi";

const DEADLINE_MS = 60_000;
const INTERVAL_MS = 500;

/**
 * Holds a retirement back until every consumer answers that it works: a hook that runs before each deletion of a retired
 * generation and asks the ready address of every consumer. While one does not answer 200 within a minute, the update fails and
 * what was to be retired stays; the next `up` tries again.
 */
export class Verification {
  /** Bind it as `beforeDelete` to whatever a retirement deletes. */
  readonly hook: pulumi.ResourceHook;
  readonly #addresses: string[] = [];
  #verified?: Promise<void>;

  constructor(name: string) {
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
    await Promise.all(this.#addresses.map((address) => ready(address, Date.now() + DEADLINE_MS)));
  }
}

async function ready(address: string, deadline: number): Promise<void> {
  for (;;) {
    const problem = await ask(address);
    if (problem === undefined) return;
    if (Date.now() >= deadline)
      throw new Error(
        `nothing was retired: ${address} does not answer 200 (${problem}). Mend the consumer or roll back with \`rekey rollback\`, then run \`rekey up\` again`,
      );
    await new Promise((next) => setTimeout(next, INTERVAL_MS));
  }
}

async function ask(address: string): Promise<string | undefined> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return answer.ok ? undefined : `status ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
