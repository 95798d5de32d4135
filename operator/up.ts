import { createHash } from "node:crypto";
import { ConfigMap, EngineEvent, OpMap, PreviewOptions, Stack } from "@pulumi/pulumi/automation";
import { EXTERNAL, readExternal } from "../components/external";
import { CAPANEL } from "../stacks/capanel/settings";
import { inventory } from "../stacks/inventory";
import { entryOf } from "./adopt";
import type { Cancellation } from "./cancellation";
import { explain } from "./engine-errors";
import { RekeyError } from "./errors";
import { Observed, Step, observer, previewObserver } from "./events";
import { recover, settleUnanswered } from "./recovery";
import { openAfterKill } from "./recovery/open";
import { openCloud } from "./recovery/cloud";
import { versionOf } from "./recovery/leftovers";
import { RUN, runMark } from "./recovery/processes";
import { OpenStack, Place } from "./workspace";

/** What `up` is told. */
export interface UpOptions extends Place {
  /** Folders of policy packs; a mandatory violation stops the update before anything changes. */
  readonly policyPacks?: readonly string[];
  /** The packs' configuration, one file each; empty or unset for none. */
  readonly policyPackConfigs?: readonly string[];
  /**
   * Previews with the packs before anything changes. What only shows once the whole program was seen (a literal that an SDK marks
   * secret by itself) stops the update there; an update alone finds it too, but after the fact.
   */
  readonly previewFirst?: boolean;
  /** Fails if anything would change. */
  readonly expectNoChanges?: boolean;
  /** Called with one line for each thing that happens. */
  readonly progress: (line: string) => void;
  /**
   * Gets all that the engine says, as text: what it prints, and each of its events that is no debug message. For a rehearsal, which looks
   * for values in it; unless set, nobody keeps it.
   */
  readonly heard?: (text: string) => void;
  /** Ends it early; unless set, only a signal to the engine itself does. */
  readonly cancellation?: Cancellation;
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
 * Brings the stack to what its configuration says: clears up after an update that was killed or whose calls were not answered, then runs the engine. Killed at any
 * point, the next call converges.
 *
 * @throws RekeyError with exit code 2 for a mistake in the configuration (nothing changed), 1 where the update failed.
 */
export async function up(options: UpOptions): Promise<UpResult> {
  const mark = markOf(options);
  const env = { ...options.env, [RUN]: runMark(mark) };
  const { heard, cancellation } = options;
  const hear = (event: EngineEvent) => heard?.(JSON.stringify(event));
  const { observed, onEvent } = observer(
    ({ operation, type, name }) =>
      options.progress(`${operation} ${type.split(":").at(-1)} ${name}`),
    hear,
  );
  const printed = {
    color: "never",
    suppressProgress: true,
    onOutput: heard,
    onError: heard,
    signal: cancellation?.signal,
  } as const;
  const mended: string[] = [];
  const note = (line: string) => {
    mended.push(line);
    options.progress(line);
  };
  let opened: OpenStack | undefined;
  try {
    opened = await openAfterKill({ ...options, env }, mark, note);
    const { stack } = opened;
    const recovery = {
      stack,
      project: "rekey",
      cloud: async () => {
        const config = await stack.getAllConfig();
        return openCloud(config, namedVersions(config));
      },
      note,
    };
    await recover(recovery);
    const policies = {
      policyPacks: [...(options.policyPacks ?? [])],
      policyPackConfigs: [...(options.policyPackConfigs ?? [])],
    };
    cancellation?.throwIfCancelled();
    const preview = async (more: Pick<PreviewOptions, "policyPacks" | "expectNoChanges">) => {
      const { onEvent, steps } = previewObserver(observed, hear);
      await stack.preview({ onEvent, ...printed, ...more });
      return steps;
    };
    await settleUnanswered({ ...recovery, preview: () => preview({}) });
    cancellation?.throwIfCancelled();
    if (options.previewFirst === true) {
      options.progress("preview with the policy pack");
      const { expectNoChanges } = options;
      refuseReplacement(await preview({ ...policies, expectNoChanges }));
    }
    cancellation?.throwIfCancelled();
    await withoutQuestions(stack).up({
      onEvent,
      ...printed,
      ...policies,
      expectNoChanges: options.expectNoChanges,
    });
    return { changes: observed.changes, outputs: observed.outputs, mended, observed };
  } catch (error) {
    throw explain(error, { place: options, observed, mistake: opened?.mistake() });
  }
}

/**
 * A rotation fills an empty slot and never replaces what a slot holds. A replacement means that the slot was emptied and filled again
 * in the settings with no update in between: consumers may still use what it holds.
 */
function refuseReplacement(steps: readonly Step[]): void {
  const replaced = steps.find(
    ({ operation, type }) => operation.includes("replace") && HOLDS_VALUES.has(type),
  );
  if (!replaced) return;
  throw new RekeyError({
    code: "slot-in-use",
    exitCode: 2,
    message: `${replaced.name} would be replaced: its slot still holds another generation in what is deployed; nothing was changed`,
    path: "rekey:rotations",
    allowed: "a new generation in a slot that an update has emptied",
    fix: "put the record back to before the last stage (git diff shows it), run rekey up, then stage again",
  });
}

const HOLDS_VALUES = new Set([
  "random:index/randomPassword:RandomPassword",
  "gcp:sql/user:User",
  "tls:index/privateKey:PrivateKey",
]);

/** Updates of the same stack, and of no other, share this mark; it says nothing about where they run. */
function markOf({ cwd, stack, env }: UpOptions): string {
  const backend = env?.["PULUMI_BACKEND_URL"] ?? process.env["PULUMI_BACKEND_URL"] ?? "";
  return createHash("sha256").update(`${cwd}\0${stack}\0${backend}`).digest("hex").slice(0, 16);
}

/** The versions that the configuration refers to: externally issued values, and what was adopted. */
function namedVersions(config: ConfigMap): ReadonlySet<string> {
  const parsed = (name: string): unknown => {
    const raw = config[name]?.value;
    return raw === undefined || raw === "" ? {} : JSON.parse(raw);
  };
  const external = Object.values(readExternal(parsed(EXTERNAL)))
    .flatMap((slots) => Object.values(slots))
    .flatMap((found) => ("version" in found ? [versionOf(found.version)] : []));
  const { adopt = {} } = parsed(CAPANEL) as { adopt?: Record<string, { version?: unknown }> };
  const adopted = inventory(["capanel"]).flatMap((secret) => {
    const [entry, number] = [entryOf(secret), Number(adopt[secret.name]?.version)];
    return entry !== undefined && number > 0 ? [{ secret: entry, number }] : [];
  });
  return new Set([...external, ...adopted].map(({ secret, number }) => `${secret}/${number}`));
}

/**
 * After an update the SDK asks the CLI for the outputs, twice, and for the history, secrets decrypted: three more starts of the engine
 * for what its events have said.
 */
function withoutQuestions(stack: Stack): Stack {
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
  return stack;
}
