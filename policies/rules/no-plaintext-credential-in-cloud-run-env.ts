import { environmentRule } from "../environment-rule";

/** Services, jobs and worker pools of Cloud Run, first and second version of its API. */
const TYPES: readonly string[] = [
  "gcp:cloudrunv2/service:Service",
  "gcp:cloudrunv2/job:Job",
  "gcp:cloudrunv2/workerPool:WorkerPool",
  "gcp:cloudrun/service:Service",
];

/** No credential stands as a plain value in a Cloud Run environment, where everyone who may view the service reads it. */
export const noPlaintextCredentialInCloudRunEnv = environmentRule({
  id: "no-plaintext-credential-in-cloud-run-env",
  title: "No plaintext credential in a Cloud Run environment",
  frameworks: {
    cis: ["1.18"],
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "A plain environment value of a Cloud Run service or job can be read by everyone who may view it, in every revision it ever had.",
  remediation:
    "put the value into Secret Manager and refer to it with valueSource.secretKeyRef (v1: valueFrom.secretKeyRef), pinned to a version; if the variable holds no credential, add its name to allowedNames of this policy's configuration.",
  types: TYPES,
  places: ["environment"],
});
