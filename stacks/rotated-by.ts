import { z } from "zod";
import type { SecretDeclaration } from "../components/inventory";
import { entryOf } from "./project/inventory";
import { PROJECT } from "./project/settings";

const shape = z.looseObject({
  aws: z.looseObject({
    prefix: z.string().default("project/prod"),
    rotatedByFunction: z.array(z.string()),
  }),
});

/**
 * Marks the secrets that a stack's settings hand to a rotation function. Settings of another form mark none: the program refuses them,
 * with what is allowed.
 */
export function withRotators(
  secrets: readonly SecretDeclaration[],
  config: Readonly<Record<string, unknown>>,
): SecretDeclaration[] {
  const { data } = shape.safeParse(config[PROJECT]);
  return secrets.map((secret) =>
    secret.system === "project" && data?.aws.rotatedByFunction.includes(secret.name) === true
      ? { ...secret, rotatedByFunction: `${data.aws.prefix}/${entryOf(secret.name)}` }
      : secret,
  );
}
