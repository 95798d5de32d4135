import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { RotationRecord } from "../../components/rotation";
import { program } from "../../stacks";
import { ENVIRONMENTS, Environment } from "../../stacks/configuration";
import { Registered, Run, managed, run } from "../support/mocks";

export { ENVIRONMENTS, Environment };

/** A stack's configuration by full key, as its Pulumi.<stack>.yaml says. */
export type StackConfig = Readonly<Record<string, unknown>>;

/** The committed example of a stack. */
export function example(stack: Environment): StackConfig {
  const file = join(__dirname, `../../Pulumi.${stack}.yaml`);
  return (parse(readFileSync(file, "utf8")) as { config: StackConfig }).config;
}

/** A copy with one part set; the path's first part is the full key. Undefined removes the part. */
export function withSetting(
  config: StackConfig,
  path: readonly string[],
  value: unknown,
): StackConfig {
  const [key, ...rest] = path;
  if (key === undefined) throw new Error("a path has at least one part");
  const inner = rest.length > 0 ? withSetting(partOf(config[key]), rest, value) : value;
  const others = Object.entries(config).filter(([name]) => name !== key);
  return Object.fromEntries(inner === undefined ? others : [...others, [key, inner]]);
}

function partOf(value: unknown): StackConfig {
  return typeof value === "object" && value !== null ? (value as StackConfig) : {};
}

/** A copy in which one secret is where the record says. */
export function withRecord(
  config: StackConfig,
  secret: string,
  record: RotationRecord,
): StackConfig {
  return withSetting(config, ["rekey:rotations", secret], record);
}

type StackRun = Run<ReturnType<typeof program>>;
const runs = new Map<string, Promise<StackRun>>();

/** Runs the program that `pulumi up` runs; once for each configuration, since what it declares depends on nothing else. */
export function runStack(config: StackConfig): Promise<StackRun> {
  const key = JSON.stringify(config);
  const known = runs.get(key) ?? run(program, { config });
  runs.set(key, known);
  return known;
}

/** What providers manage in a stack with this configuration. */
export async function declared(config: StackConfig): Promise<Registered[]> {
  return managed((await runStack(config)).resources);
}
