import { StackConfiguration } from "../../policies/configuration";
import { PlainCredential, plainCredentials } from "../../policies/plain-credentials";
import type { Plain, PlainMap } from "../yaml-text";
import { isPlainMap } from "../yaml-text";
import type { Finding } from "./document";
import { RULES } from "./rules";

/**
 * The settings of a file that hold a credential in plain text, as the policy pack judges them: a rehearsal has settings of its own and
 * would not see those of a change. What is encrypted is left out.
 */
export function credentialsIn(config: PlainMap): PlainCredential[] {
  const plain = Object.entries(config).flatMap(([key, value]): [string, string][] => {
    const open = withoutEncrypted(value);
    if (open === undefined) return [];
    return [[key, typeof open === "string" ? open : JSON.stringify(open)]];
  });
  return [...plainCredentials(new StackConfiguration(new Map(plain), new Set()).plain)];
}

/** The finding of each, at its line. Nothing of the text is quoted. */
export function plainCredentialFindings(
  found: readonly PlainCredential[],
  lineOf: (key: string, name: string) => number,
): Finding[] {
  return found.map(({ key, name, what }) => {
    const path = key.endsWith(`:${name}`) ? key : `${key}.${name}`;
    return {
      rule: "plain-credential",
      level: RULES["plain-credential"].level,
      secret: null,
      path: path.slice(0, 500),
      line: lineOf(key, name),
      message: `the setting ${path.slice(0, 500)} holds ${what} in plain text`,
      remedy: `change it at its target, since it was readable, then \`pulumi config set --secret --path '${path.slice(0, 500)}'\` with the new one`,
    };
  });
}

/**
 * The plain settings of a change that a rehearsal takes over beside its own, so that the pack sees what its program makes of them: those of
 * the program itself. Settings of rekey and of providers stay the rehearsal's: they say what is there and where the clouds are.
 *
 * @param providers the packages whose settings are left out.
 */
export function carriedSettings(config: PlainMap, providers: readonly string[]): PlainMap {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      const [namespace = "", name] = key.split(":");
      if (name !== undefined && ["rekey", "pulumi", ...providers].includes(namespace)) return [];
      const open = withoutEncrypted(value);
      return open === undefined ? [] : [[key, open]];
    }),
  );
}

function withoutEncrypted(value: Plain): Plain | undefined {
  if (Array.isArray(value))
    return (value as readonly Plain[]).flatMap((one) => withoutEncrypted(one) ?? []);
  if (!isPlainMap(value)) return value;
  if (typeof value["secure"] === "string" && Object.keys(value).length === 1) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => {
      const open = withoutEncrypted(part);
      return open === undefined ? [] : [[key, open]];
    }),
  );
}
