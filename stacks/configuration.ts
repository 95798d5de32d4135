import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../components/errors";
import { EXTERNAL, ExternalValues, checkExternal, readExternal } from "../components/external";
import { SecretDeclaration } from "../components/inventory";
import { readRecords } from "../components/records";
import { runningValue } from "../components/running-values";
import { RotationRecord } from "../components/rotation";
import { SYSTEMS, System, inventory, requireDistinct } from "./inventory";
import { checkParts } from "./parts";

/** The environments that a stack can be. */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
/** An environment's name. */
export type Environment = (typeof ENVIRONMENTS)[number];

/** The stack's configuration, read and checked once, here at the edge. */
export interface Configuration {
  readonly environment: Environment;
  readonly systems: readonly System[];
  readonly secrets: readonly SecretDeclaration[];
  readonly records: ReadonlyMap<string, RotationRecord>;
  readonly external: ExternalValues;
  /** The values that generated secrets run with already, by name: their generation 1, as long as it lives. */
  readonly running: ReadonlyMap<string, string>;
  /**
   * A credential that programs use and do not rotate, such as the key of a machine.
   *
   * @throws ConfigurationError where it is missing, with the command that sets it.
   */
  readonly credential: (name: string) => pulumi.Output<string>;
  /** A system's own settings, still to be read by it. */
  readonly settings: (system: System) => unknown;
}

/**
 * Reads the configuration of the stack that is being updated.
 *
 * @throws ConfigurationError before any resource is declared.
 */
export function readConfiguration(config = new pulumi.Config("rekey")): Configuration {
  const environment = chosen("rekey:environment", config.get("environment"), ENVIRONMENTS);
  const systems = readSystems(structured(config, "systems"));
  const settings = (system: System) => structured(config, system);
  const secrets = inventory(systems, environment, settings);
  requireDistinct(secrets);
  const records = readRecords(structured(config, "rotations"), secrets);
  const external = readExternal(structured(config, "external"));
  checkExternalNames(external, secrets);
  // An empty default makes the key optional: a declared key without a default is required.
  const fingerprintKey = config.get("fingerprintKey") || undefined;
  for (const secret of secrets) {
    const { name, source, movesWith } = secret;
    if (source !== "external" || movesWith !== undefined) continue;
    checkExternal(name, recordOf(records, name), external[name] ?? {}, fingerprintKey);
    checkParts(secret, recordOf(records, name), external);
  }
  const running = new Map<string, string>();
  for (const secret of secrets.filter(({ takesOver }) => takesOver)) {
    const { name } = secret;
    const values = external[name] ?? {};
    const rules = { record: recordOf(records, name), values, key: fingerprintKey, environment };
    const value = runningValue(secret, rules);
    if (value !== undefined) running.set(name, value);
  }
  return {
    environment,
    systems,
    secrets,
    records,
    external,
    running,
    credential: credentialsOf(structured(config, "credentials")),
    settings,
  };
}

/** The record of a secret that the inventory knows. */
export function recordOf(
  records: ReadonlyMap<string, RotationRecord>,
  name: string,
): RotationRecord {
  const record = records.get(name);
  if (!record) throw new Error(`the inventory has no secret named ${name}`);
  return record;
}

/** What `getObject` would throw quotes the setting's value, and an external one is a secret. */
function structured(config: pulumi.Config, key: string): unknown {
  const text = config.get(key);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const path = `rekey:${key}`;
    throw new ConfigurationError({
      path,
      problem: "is a plain text",
      allowed: "a map or a list, as Pulumi.yaml describes it",
      fix: `edit ${path} in Pulumi.<stack>.yaml, or set its parts with \`pulumi config set --path\``,
    });
  }
}

function credentialsOf(raw: unknown): (name: string) => pulumi.Output<string> {
  const credentials = (typeof raw === "object" && raw !== null ? raw : {}) as Record<
    string,
    unknown
  >;
  return (name) => {
    const value = Object.hasOwn(credentials, name) ? credentials[name] : undefined;
    if (typeof value === "string" && value !== "") return pulumi.secret(value);
    const path = `rekey:credentials.${name}`;
    throw new ConfigurationError({
      path,
      problem: "is missing or empty",
      allowed: "an encrypted text",
      fix: `pulumi config set --secret --path '${path}', with the value on standard input`,
    });
  };
}

function checkExternalNames(external: ExternalValues, secrets: readonly SecretDeclaration[]): void {
  const known = secrets
    .filter(
      ({ source, movesWith, takesOver }) =>
        takesOver || (source === "external" && movesWith === undefined),
    )
    .map(({ name }) => name);
  const stranger = Object.keys(external).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const path = `${EXTERNAL}.${stranger}`;
  throw new ConfigurationError({
    path,
    problem: "names no secret of the systems in `rekey:systems` that takes a value in",
    allowed: known.join(", ") || "nothing: the systems have none",
    fix: `correct the name, or \`pulumi config rm --path '${path}'\``,
  });
}

function readSystems(raw: unknown): System[] {
  const names = raw === undefined ? [] : raw;
  if (!Array.isArray(names) || names.length === 0) throw systemProblem("names no system");
  const systems = names.map((name, index) => chosen(`rekey:systems[${index}]`, name, SYSTEMS));
  const twin = systems.find((name, index) => systems.indexOf(name) !== index);
  if (twin !== undefined) throw systemProblem(`names ${twin} twice`);
  return systems;
}

function systemProblem(problem: string): ConfigurationError {
  return new ConfigurationError({
    path: "rekey:systems",
    problem,
    allowed: `a list of ${SYSTEMS.join(", ")}`,
    fix: `pulumi config set --path 'rekey:systems[0]' ${SYSTEMS[0]}`,
  });
}

function chosen<T extends string>(path: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw new ConfigurationError({
    path,
    problem: value === undefined ? "is missing" : `${JSON.stringify(value)} is unknown`,
    allowed: allowed.join(", "),
    fix: `pulumi config set --path '${path}' ${allowed[0]}`,
  });
}
