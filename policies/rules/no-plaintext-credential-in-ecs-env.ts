import { environmentRule } from "../environment-rule";

/** No credential stands as a plain value in the container definitions of an ECS task. */
export const noPlaintextCredentialInEcsEnv = environmentRule({
  id: "no-plaintext-credential-in-ecs-env",
  title: "No plaintext credential in an ECS task definition",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "Task definitions are readable for everyone who may describe them, and every revision stays.",
  remediation:
    "give the container the value by `secrets` with valueFrom set to the ARN of a secret in Secrets Manager or of a SecureString parameter; if the variable holds no credential, add its name to allowedNames of this policy's configuration.",
  types: (type) => type.startsWith("aws:ecs/") || type.startsWith("awsx:ecs"),
  places: ["environment"],
});
