import { embeddedRule } from "../embedded-rule";

/** No address holds a password, not in any property of any resource. */
export const noAddressWithPassword = embeddedRule({
  id: "no-address-with-password",
  title: "No address with a password in it",
  detection: "an address with a password in it",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description: "Addresses are logged by whoever connects to them, and the password with them.",
  remediation:
    "give user and password apart from the address, from a store, or the whole address as a secret that is composed with pulumi.interpolate from a declared one; change the password, since it was readable.",
});
