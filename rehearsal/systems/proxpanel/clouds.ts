import type { SecretText } from "../../../components/secret-text";
import { CloudOptions, Clouds, startTogether } from "../../clouds";
import {
  WebhookSender,
  startAlertingSimulator,
  startFlutterwaveSimulator,
  startPaystackSimulator,
} from "../../clouds/simulators/payments";
import {
  ProxmoxSimulator,
  ProxmoxToken,
  startProxmoxSimulator,
} from "../../clouds/simulators/proxmox";
import { Machine, machineClouds, startMachine } from "../self-hosted/machine";

/** Those who send webhooks, by the secret that they sign with; the name is that of the page that receives them, too. */
export const SENDERS = {
  PAYSTACK_SECRET: "paystack",
  FLUTTERWAVE_WEBHOOK_HASH: "flutterwave",
  ALERTING_WEBHOOK_SECRET: "alerting",
} as const;
/** A secret that webhooks are signed with. */
export type SenderSecret = keyof typeof SENDERS;

/** What others issued last, which may not be in use yet. */
export interface Issued {
  readonly proxmox: ProxmoxToken;
  readonly webhooks: Readonly<Record<SenderSecret, SecretText>>;
}

/** A machine with its database, and simulators of those who send webhooks and of Proxmox VE. */
export interface ProxpanelClouds extends Clouds {
  readonly machine: Machine;
  readonly senders: Readonly<Record<SenderSecret, WebhookSender>>;
  /** The same senders once more, for events that are signed with whatever is to be tried. */
  readonly probes: Readonly<Record<SenderSecret, WebhookSender>>;
  readonly proxmox: ProxmoxSimulator;
  issued: Issued;
}

/** Starts proxpanel's clouds, each on loopback only. */
export function startProxpanelClouds(options: CloudOptions): Promise<ProxpanelClouds> {
  return startTogether(async (parts) => {
    const machine = await startMachine(parts, options, {
      name: "proxpanel",
      mode: "panel",
      jobs: ["seed-admin", "revoke-sessions", "backup", "restore-check"],
    });
    const [senders, probes] = [await startSenders(), await startSenders()];
    for (const probe of Object.values(probes)) parts.add({ stop: () => probe.stop() });
    const proxmox = await startProxmoxSimulator();
    const simulators = {
      Paystack: senders.PAYSTACK_SECRET,
      Flutterwave: senders.FLUTTERWAVE_WEBHOOK_HASH,
      "alerting service": senders.ALERTING_WEBHOOK_SECRET,
      "Proxmox VE": proxmox,
    };
    const clouds = {
      ...machineClouds(parts, machine, simulators),
      machine,
      senders,
      probes,
      proxmox,
    };
    return { ...clouds, issued: issueAll(clouds) };
  });
}

async function startSenders(): Promise<Record<SenderSecret, WebhookSender>> {
  return {
    PAYSTACK_SECRET: await startPaystackSimulator(),
    FLUTTERWAVE_WEBHOOK_HASH: await startFlutterwaveSimulator(),
    ALERTING_WEBHOOK_SECRET: await startAlertingSimulator(),
  };
}

/** New values of everything that others issue. */
export function issueAll({
  senders,
  proxmox,
}: Pick<ProxpanelClouds, "senders" | "proxmox">): Issued {
  return {
    proxmox: proxmox.issue(),
    webhooks: {
      PAYSTACK_SECRET: senders.PAYSTACK_SECRET.issue(),
      FLUTTERWAVE_WEBHOOK_HASH: senders.FLUTTERWAVE_WEBHOOK_HASH.issue(),
      ALERTING_WEBHOOK_SECRET: senders.ALERTING_WEBHOOK_SECRET.issue(),
    },
  };
}
