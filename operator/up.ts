import { createHash } from "node:crypto";
import { ConfigMap, OpMap } from "@pulumi/pulumi/automation";
import { EXTERNAL, readExternal } from "../components/external";
import { explain } from "./engine-errors";
import { Observed, observer } from "./events";
import { googleOfStack } from "./google-of-stack";
import { recover } from "./recovery";
import { versionOf } from "./recovery/leftovers";
import { RUN, runMark } from "./recovery/processes";
import { OpenStack, Place, openStack } from "./workspace";

/** What `up` is told. */
export interface UpOptions extends Place {
  /** Folders of policy packs; a mandatory violation stops the update before anything changes. */
  readonly policyPacks?: readonly string[];
  /** Fails if anything would change. */
  readonly expectNoChanges?: boolean;
  /** Called with one line for each thing that happens. */
  readonly progress: (line: string) => void;
}

/** What an update did. */
export interface UpResult {
  /** How many resources were created, updated, deleted, replaced or left the same. */
  readonly changes: OpMap;
  /** The stack's outputs; secret ones are left out. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What recovery mended before the update, one line each. */
  readonly mended: readonly string[];
  readonly observed: Observed;
}

/**
 * Brings the stack to what its configuration says: clears up after an update that was killed, then runs the engine. Killed at any
 * point, the next call converges.
 *
 * @throws RekeyError with exit code 2 for a mistake in the configuration (nothing changed), 1 where the update failed.
 */
export async function up(options: UpOptions): Promise<UpResult> {
  const mark = markOf(options);
  const env = { ...options.env, [RUN]: runMark(mark) };
  const { observed, onEvent } = observer(({ operation, type, name }) =>
    options.progress(`${operation} ${type.split(":").at(-1)} ${name}`),
  );
  let opened: OpenStack | undefined;
  try {
    opened = await openStack({ ...options, env });
    const { stack } = opened;
    const mended = await recover({
      stack,
      project: "rekey",
      mark,
      cloud: async () => {
        const config = await stack.getAllConfig();
        return { google: googleOfStack(config), external: namedVersions(config) };
      },
      progress: options.progress,
    });
    const result = await stack.up({
      onEvent,
      color: "never",
      suppressProgress: true,
      policyPacks: options.policyPacks ? [...options.policyPacks] : undefined,
      expectNoChanges: options.expectNoChanges,
    });
    return {
      changes: result.summary.resourceChanges ?? {},
      outputs: plainOutputs(result.outputs),
      mended,
      observed,
    };
  } catch (error) {
    throw explain(error, { place: options, observed, mistake: opened?.mistake() });
  }
}

/** Updates of the same stack, and of no other, share this mark; it says nothing about where they run. */
function markOf({ cwd, stack, env }: UpOptions): string {
  const backend = env?.["PULUMI_BACKEND_URL"] ?? process.env["PULUMI_BACKEND_URL"] ?? "";
  return createHash("sha256").update(`${cwd}\0${stack}\0${backend}`).digest("hex").slice(0, 16);
}

function namedVersions(config: ConfigMap): ReadonlySet<string> {
  const raw = config[EXTERNAL]?.value;
  const values = readExternal(raw === undefined || raw === "" ? {} : JSON.parse(raw));
  const versions = Object.values(values)
    .flatMap((slots) => Object.values(slots))
    .flatMap((found) => ("version" in found ? [versionOf(found.version)] : []));
  return new Set(versions.map(({ secret, number }) => `${secret}/${number}`));
}

function plainOutputs(outputs: Record<string, { value: unknown; secret: boolean }>) {
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([, { secret }]) => !secret)
      .map(([name, { value }]) => [name, value]),
  );
}
