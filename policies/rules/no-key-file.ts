import { embeddedRule } from "../embedded-rule";

/** No key file of an account stands in a program, not in any property of any resource. */
export const noKeyFile = embeddedRule({
  id: "no-key-file",
  title: "No key file in plain text",
  detection: "a service account's key file",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28", "AC-2"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "A key file works from anywhere for as long as the key exists, and nobody sees who uses it.",
  remediation:
    "use the keyless identity of the platform or workload identity federation; where neither serves, let a key resource with reason and expiry issue it into a store; delete this key.",
});
