import { embeddedRule } from "../embedded-rule";

/** No signed token stands in a program, not in any property of any resource. */
export const noSignedToken = embeddedRule({
  id: "no-signed-token",
  title: "No signed token (JWT) in plain text",
  detection: "a signed token (JWT)",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "A signed token is accepted without a password until it expires, and can rarely be withdrawn before that.",
  remediation:
    "let the program that needs the token ask for a short-lived one, or keep it in a store; have the issuer withdraw this one, or rotate the key that signed it.",
});
