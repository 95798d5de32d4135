import type { SecretText } from "../../../components/secret-text";
import { CloudOptions, Clouds, startTogether } from "../../clouds";
import { OpenAiSimulator, startOpenAiSimulator } from "../../clouds/simulators/openai";
import { StripeKeys, StripeSimulator, startStripeSimulator } from "../../clouds/simulators/stripe";
import { Machine, machineClouds, startMachine } from "../self-hosted/machine";

/** A machine with its database, and simulators of the services whose keys mgmt-vibe uses. */
export interface MgmtVibeClouds extends Clouds {
  readonly machine: Machine;
  readonly openai: OpenAiSimulator;
  readonly stripe: StripeSimulator;
  /** What the services issued last, which may not be in use yet. */
  issued: { readonly openai: SecretText; readonly stripe: StripeKeys };
}

/** Starts mgmt-vibe's clouds, each on loopback only. */
export function startMgmtVibeClouds(options: CloudOptions): Promise<MgmtVibeClouds> {
  return startTogether(async (parts) => {
    const machine = await startMachine(parts, options, {
      name: "mgmt-vibe",
      mode: "mgmt",
      jobs: ["backfill", "re-encrypt"],
    });
    const [openai, stripe] = [await startOpenAiSimulator(), await startStripeSimulator()];
    return {
      ...machineClouds(parts, machine, { OpenAI: openai, Stripe: stripe }),
      machine,
      openai,
      stripe,
      issued: { openai: openai.issue(), stripe: stripe.issue() },
    };
  });
}
