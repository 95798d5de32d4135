import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { StackConfig } from "./examples";

/** The settings that a system's page shows, with values where the page asks for encrypted ones. */
export function page(system: string, more: StackConfig): StackConfig {
  const text = readFileSync(join(__dirname, `../../docs/systems/${system}.md`), "utf8");
  const [, block = ""] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  const { config } = parse(block) as { config: StackConfig };
  return {
    ...config,
    "rekey:credentials": { [`${system}-ssh-key`]: "key", [`${system}-database-admin`]: "admin" },
    ...more,
  };
}

/** One value of a secret that somebody else issues, in its first slot. */
export const live = (value: string) => ({ a: { generation: 1, value } });

/** mgmt-vibe as its page shows it. */
export const MGMT_VIBE = page("mgmt-vibe", {
  "rekey:external": {
    OPENAI_API_KEY: live("openai"),
    STRIPE_KEYS: live('{"publishable":"pk","secret":"sk"}'),
  },
});

/** proxpanel as its page shows it. */
export const PROXPANEL = page("proxpanel", {
  "rekey:external": {
    PAYSTACK_SECRET: live("paystack"),
    FLUTTERWAVE_WEBHOOK_HASH: live("flutterwave"),
    ALERTING_WEBHOOK_SECRET: live("alerting"),
    PROXMOX_TOKEN_SECRET: live('{"id":"panel@pve!one","secret":"pve"}'),
  },
});
