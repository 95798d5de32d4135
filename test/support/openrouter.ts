import type { SecretDeclaration } from "../../components/inventory";
import type { Target } from "../../operator/to-store/target";
import { PROJECT_SECRETS } from "../../stacks/project/inventory";

/** The entry in AWS of a key of project that others issue. */
export const OPENROUTER_ENTRY = "project/prod/openrouter-api-key";
/** Where its values are taken in. */
export const OPENROUTER_INTAKE = "project/prod/intake/openrouter-api-key";

/** Where a new value of it goes in AWS. */
export const OPENROUTER: Target = {
  secret: PROJECT_SECRETS.find(({ name }) => name === "OPENROUTER_API_KEY") as SecretDeclaration,
  entry: OPENROUTER_INTAKE,
  kind: "aws-secrets-manager",
  store: `aws-secrets-manager:${OPENROUTER_INTAKE}`,
  intake: true,
};
