import { embeddedRule } from "../embedded-rule";

/** No provider's token stands in a program, not in any property of any resource. */
export const noProviderToken = embeddedRule({
  id: "no-provider-token",
  title: "No provider's token in plain text",
  detection: "a provider's token",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "Providers mark their tokens, and so whoever searches repositories, logs and states for them finds them within minutes.",
  remediation:
    "have the provider withdraw the token and issue a new one, set that with `pulumi config set --secret` or put it into a store, and pass a reference.",
});
