import { environmentRule } from "../environment-rule";

/** No credential stands as a plain value in the environment of a Lambda function. */
export const noPlaintextCredentialInLambdaEnv = environmentRule({
  id: "no-plaintext-credential-in-lambda-env",
  title: "No plaintext credential in a Lambda environment",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "Everyone who may read a function's configuration reads its environment, in every version that was published.",
  remediation:
    "keep the value in Secrets Manager or as a SecureString parameter and fetch it by name when the function starts, or through the extension for it; if the variable holds no credential, add its name to allowedNames of this policy's configuration.",
  types: (type) => type.startsWith("aws:lambda/"),
  places: ["environment"],
});
