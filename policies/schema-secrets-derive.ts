/**
 * Derives schema-secrets.json: which inputs and outputs the providers' own schemas mark as secret, read from the SDKs that were generated
 * from them. Run it after an SDK was updated, and review the difference like code:
 *
 *     node --require ./bin/transpile.cjs policies/schema-secrets-derive.ts
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The SDKs that are read; they are installed for this project, not for the pack. */
const PACKAGES = ["aws", "command", "gcp", "kubernetes", "postgresql", "random", "tls", "vault"];
const FILE = join(__dirname, "schema-secrets.json");
/** Outputs that every resource of Google's has and that are secret only because labels may be. */
const LABELS: readonly string[] = ["effectiveLabels", "pulumiLabels"];

/** What a schema marks as secret in one type. */
export interface SchemaSecrets {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/** Reads one generated class: its type token, and the properties that it wraps in `pulumi.secret` or names in `additionalSecretOutputs`. */
export function secretsIn(source: string): { type: string; secrets: SchemaSecrets } | undefined {
  const type = /__pulumiType = '([^']+)'/.exec(source)?.[1];
  if (type === undefined) return undefined;
  const inputs = [...source.matchAll(/resourceInputs\["(\w+)"\] = .*pulumi\.secret\(/g)].map(first);
  const marked = [...source.matchAll(/additionalSecretOutputs: \[([^\]]*)\]/g)].flatMap((match) =>
    [...first(match).matchAll(/"([^"]+)"/g)].map(first),
  );
  const outputs = marked.filter((name) => !inputs.includes(name) && !LABELS.includes(name));
  if (inputs.length + outputs.length === 0) return undefined;
  return {
    // The class of a provider carries the package's name; the engine calls it otherwise.
    type: type.includes(":") ? type : `pulumi:providers:${type}`,
    secrets: {
      ...(inputs.length > 0 && { inputs: sorted(inputs) }),
      ...(outputs.length > 0 && { outputs: sorted(outputs) }),
    },
  };
}

function first(match: RegExpMatchArray): string {
  return match[1] ?? "";
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function* filesOf(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules") yield* filesOf(path);
    else if (entry.isFile() && entry.name.endsWith(".js")) yield path;
  }
}

/** The whole of schema-secrets.json, from the SDKs that are installed. */
export function derive(): {
  versions: Record<string, string>;
  types: Record<string, SchemaSecrets>;
} {
  const versions: Record<string, string> = {};
  const types: Record<string, SchemaSecrets> = {};
  for (const name of PACKAGES) {
    const manifest = require.resolve(`@pulumi/${name}/package.json`);
    versions[name] = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
    for (const file of filesOf(dirname(manifest))) {
      const found = secretsIn(readFileSync(file, "utf8"));
      if (found) types[found.type] = found.secrets;
    }
  }
  const ordered = Object.entries(types).sort(([one], [other]) => (one < other ? -1 : 1));
  return { versions, types: Object.fromEntries(ordered) };
}

if (require.main === module) writeFileSync(FILE, `${JSON.stringify(derive(), null, 2)}\n`);
