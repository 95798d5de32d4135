import { environmentRule } from "../environment-rule";

/** No credential stands as a plain value in the environment of a Kubernetes workload. */
export const noPlaintextCredentialInKubernetesEnv = environmentRule({
  id: "no-plaintext-credential-in-kubernetes-env",
  title: "No plaintext credential in a Kubernetes environment",
  frameworks: {
    cisKubernetes: ["5.4.1"],
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "A value in a pod's specification is readable for everyone who may read workloads, and stays in their old revisions.",
  remediation:
    "put the value into a Secret and refer to it with valueFrom.secretKeyRef, or mount it; if the variable holds no credential, add its name to allowedNames of this policy's configuration.",
  types: (type) => type.startsWith("kubernetes:"),
  places: ["environment"],
});
