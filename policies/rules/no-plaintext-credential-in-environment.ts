import { environmentRule } from "../environment-rule";

/** No credential stands as a plain value in the variables of any other workload, build or parameter store. */
export const noPlaintextCredentialInEnvironment = environmentRule({
  id: "no-plaintext-credential-in-environment",
  title: "No plaintext credential in the environment of any other workload",
  frameworks: {
    cis: ["1.18"],
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "Variables of functions, builds, batch jobs and unsealed parameters are readable for everyone who may view the resource.",
  remediation:
    "keep the value in a store and give the workload a reference to it: secretEnvironmentVariables, a SecureString parameter, type SECRETS_MANAGER or what the service has for it; if the variable holds no credential, add its name to allowedNames of this policy's configuration.",
  types: (type) => !/^(?:aws:lambda\/|aws:ecs\/|awsx:ecs|kubernetes:|gcp:cloudrun)/.test(type),
  places: ["environment"],
});
