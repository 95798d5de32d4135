import { ConfigurationError } from "../errors";

/** The last line of every env file that rekey writes: a file without it broke off on its way. */
export const END_OF_FILE = "# end";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * An env file as every `docker compose` reads it back: one variable a line, each value quoted, {@link END_OF_FILE} last. Single quotes
 * are literal to compose. A value with a single quote or a line break goes into double quotes, with escapes. Throws for what no version
 * of compose reads back; the message names the variable only.
 */
export function composeEnvFile(variables: readonly (readonly [name: string, value: string])[]) {
  const lines = variables.map(([name, value]) => `${name}=${quoted(name, value)}`);
  return [...lines, END_OF_FILE, ""].join("\n");
}

/** Throws for a name that no shell takes or that two settings claim. */
export function checkVariableNames(path: string, names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    if (!NAME.test(name))
      throw new ConfigurationError({
        path: `${path}.${name}`,
        problem: "no name of a variable",
        allowed: "letters, digits and `_`, and no digit first",
        fix: "rename the variable",
      });
    if (names.indexOf(name) !== index)
      throw new ConfigurationError({
        path: `${path}.${name}`,
        problem: "given twice",
        allowed: "one value a variable, in `env` or in `secretEnv`",
        fix: "remove one of the two",
      });
  }
}

function quoted(name: string, value: string): string {
  // Compose 2.21, for one, takes the closing quote after a backslash for an escaped one, whatever stands before that.
  if (value.includes("\0") || value.endsWith("\\"))
    throw new ConfigurationError({
      path: `env file variable ${name}`,
      problem: "a value with a NUL character in it or a backslash at its end",
      allowed: "any other text: no version of docker compose reads this one back reliably",
      fix: "issue another value, or encode it (base64) where it is made",
    });
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  const escaped = value
    .replaceAll(/[\\"$]/g, (character) => `\\${character}`)
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
  return `"${escaped}"`;
}
