import { embeddedRule } from "../embedded-rule";

/** No private key stands in a program, not in any property of any resource. */
export const noPrivateKey = embeddedRule({
  id: "no-private-key",
  title: "No private key in plain text",
  detection: "a private key (PEM)",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28", "SC-12"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "Whoever has a private key is its owner for everyone who trusts the public half, until that is withdrawn everywhere.",
  remediation:
    "make the key with a tls resource or a key pair of rekey's library, or set it with `pulumi config set --secret`; replace this one, since it was readable.",
});
