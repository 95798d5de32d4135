import { environmentRule } from "../environment-rule";

/** No credential stands in a ConfigMap. */
export const noPlaintextCredentialInConfigMap = environmentRule({
  id: "no-plaintext-credential-in-config-map",
  title: "No plaintext credential in a ConfigMap",
  frameworks: {
    cisKubernetes: ["5.4.1"],
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description: "ConfigMaps are not encrypted, and nearly every account of a cluster may read them.",
  remediation:
    "move the entry into a Secret and mount both side by side; if the entry holds no credential, add its key to allowedNames of this policy's configuration.",
  types: (type) => type.startsWith("kubernetes:"),
  places: ["config-map"],
  unnamed: "the entry",
});
