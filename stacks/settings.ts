import { z } from "zod";
import { ConfigurationError } from "../components/errors";

/** A text that is not empty. */
export const text = z.string().min(1);
/** A network port. */
export const port = z.number().int().min(1).max(65535);

/** An object whose message about a key that it does not know lists those that it does. */
export function strict<Parts extends z.ZodRawShape>(parts: Parts) {
  const known = Object.keys(parts).join(", ");
  return z.strictObject(parts, {
    error: ({ code }) => (code === "unrecognized_keys" ? known : undefined),
  });
}

/**
 * Reads a system's own settings.
 *
 * @throws ConfigurationError naming the key, what is allowed and the command that sets it; never the value, which may be a credential.
 */
export function readSettings<Shape extends z.ZodType>(
  setting: string,
  shape: Shape,
  raw: unknown,
): z.output<Shape> {
  const parsed = shape.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys : [];
  const path = [setting, ...(issue?.path ?? []).map(String), ...unknown.slice(0, 1)].join(".");
  throw new ConfigurationError({
    path,
    problem:
      unknown.length > 0
        ? `is no setting of ${setting.replace("rekey:", "")}`
        : "is missing or of the wrong kind",
    allowed: withoutPreface(issue?.message ?? "see Pulumi.yaml"),
    fix:
      unknown.length > 0
        ? "correct the name or remove it"
        : `pulumi config set --path '${path}' <value>`,
  });
}

/** zod says `Invalid input: expected string`; what is allowed starts after the colon. */
function withoutPreface(message: string): string {
  return message.replace(/^(Invalid|Too) [a-z]+: /, "");
}
