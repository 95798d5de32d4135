import { z } from "zod";
import { RekeyError } from "../errors";

const resource = z.object({
  urn: z.string(),
  custom: z.boolean().default(false),
  /** An old copy that the next update deletes. */
  delete: z.boolean().default(false),
  protect: z.boolean().default(false),
  parent: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullish()).default({}),
});
const exported = z.object({
  deployment: z.object({ resources: z.array(resource).nullish() }).nullish(),
});

/** A resource of the state, as far as a plan looks at it: its name, its mark, its keepers, a component's outputs. Secrets in it are encrypted and stay so. */
export type StateResource = z.infer<typeof resource>;

/**
 * Reads what `pulumi stack export` wrote.
 *
 * @throws RekeyError (exit 2) if it is something else.
 */
export function readExport(text: string, path: string): StateResource[] {
  const parsed = exported.safeParse(json(text));
  if (!parsed.success || parsed.data.deployment === undefined)
    throw new RekeyError({
      code: "illegal-state",
      exitCode: 2,
      message: "is no exported state",
      path,
      allowed: "what `pulumi stack export` writes, without --show-secrets",
      fix: "pulumi stack export -s <stack> --file state.json",
    });
  return (parsed.data.deployment?.resources ?? []).filter((one) => !one.delete);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
