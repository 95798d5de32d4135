import type { SecretDeclaration } from "../../components/inventory";
import type { Target } from "../../operator/to-store/target";
import { PROJECT_SECRETS } from "../../stacks/project/inventory";

/** The entry of a key of project that may go straight to AWS. */
export const OPENROUTER_ENTRY = "project/prod/openrouter-api-key";

/** Where it goes. */
export const OPENROUTER: Target = {
  secret: PROJECT_SECRETS.find(({ name }) => name === "OPENROUTER_API_KEY") as SecretDeclaration,
  entry: OPENROUTER_ENTRY,
  kind: "aws-secrets-manager",
  store: `aws-secrets-manager:${OPENROUTER_ENTRY}`,
  intake: false,
};
