import { join } from "node:path";
import { RekeyError } from "../operator/errors";
import { type Progress, silent } from "../operator/output";
import { build } from "./build";
import { defaultCache, fillCache, readCache } from "./cache";
import { toEngine } from "./command";
import { download, type DownloadOptions } from "./download";
import { type Engine, isRefusal, type Located, type Outcome } from "./engine";
import { type Refusal, type Way, WAYS } from "./engine";
import type { Look } from "./space";
import { withLock } from "./lock";
import { findOnPath } from "./path";
import { isSystemError, said } from "./reason";
import { OLDEST, type Pinned, readPinned } from "./version";

export type { Engine, Source, Way } from "./engine";

/** How to look for the Pulumi CLI. */
export interface FindOptions {
  /** Told what takes long. Default: nobody is told. */
  progress?: Progress;
  /** Where CLIs are kept. Default: `$XDG_CACHE_HOME/rekey/engine` or `~/.cache/rekey/engine`. */
  cacheDir?: string;
  /** The ways that may be used; their order is fixed. Default: all. */
  ways?: readonly Way[];
  /** In place of the process's own environment. */
  env?: NodeJS.ProcessEnv;
  /** For tests: how a download is done. */
  download?: Omit<DownloadOptions, "progress">;
  /** For tests: what tells how full the disks are. */
  look?: Look;
}

interface Context extends Required<Omit<FindOptions, "look">>, Pick<FindOptions, "look"> {
  readonly pinned: Pinned;
  /** Why the ways tried so far led nowhere. */
  readonly refusals: Map<Way, Refusal>;
}

/**
 * Finds the Pulumi CLI: on PATH (3.226 or later), kept from before, by the official download, or built with Go from engine/go.mod.
 * A downloaded or built one is kept for this user and found in milliseconds from then on; of several processes one does the work.
 *
 * @throws RekeyError `engine-not-found`, which says why each way failed and what opens it; `no-space` (exit code 2) where one would have
 * worked on a disk with more room.
 */
export async function findEngine(options: FindOptions = {}): Promise<Engine> {
  const { progress = silent, env = process.env, ways = WAYS, download = {}, look } = options;
  const { cacheDir = defaultCache(env) } = options;
  const pinned = await readPinned();
  const context = {
    ...{ progress, env, ways, download, cacheDir, pinned, look },
    refusals: new Map<Way, Refusal>(),
  };
  try {
    const found =
      (await attempt("path", context)) ??
      (await attempt("cache", context)) ??
      (await make(context));
    if (found === undefined) throw notFound(context);
    tellUnusable(context);
    return toEngine(found);
  } finally {
    progress.end();
  }
}

const TRY: Record<Way, (context: Context) => Promise<Outcome | undefined>> = {
  path: ({ cacheDir, env }) => findOnPath(cacheDir, env),
  cache: ({ cacheDir, pinned }) => readCache(cacheDir, pinned.pulumi),
  download: ({ cacheDir, pinned, progress, download: options }) =>
    fillCache(cacheDir, { version: pinned.pulumi, source: "download" }, (folder) =>
      download(pinned.pulumi, folder, { ...options, progress }),
    ),
  build: ({ cacheDir, pinned, progress, env, look }) =>
    fillCache(cacheDir, { version: pinned.pulumi, source: "build" }, (folder) =>
      build(pinned, folder, { cacheDir, progress, env, look }),
    ),
};

async function attempt(way: Way, context: Context): Promise<Located | undefined> {
  if (!context.ways.includes(way)) return undefined;
  const outcome = await TRY[way](context).catch(asRefusal(context.cacheDir));
  if (outcome === undefined || !isRefusal(outcome)) return outcome;
  context.refusals.set(way, outcome);
  return undefined;
}

async function make(context: Context): Promise<Located | undefined> {
  const { cacheDir, pinned, progress, ways, refusals } = context;
  const makers = ways.filter((way) => way === "download" || way === "build");
  if (makers.length === 0) return undefined;
  // Another process may have made it while this one waited.
  const work = async () =>
    (await attempt("cache", context)) ??
    (await attempt("download", context)) ??
    (await attempt("build", context));
  const onWait = ({ pid }: { pid: number }) =>
    progress.step(`process ${pid} is getting the Pulumi CLI: waiting for it`);
  try {
    return await withLock(join(cacheDir, `${pinned.pulumi}.lock`), work, { onWait });
  } catch (error) {
    const refusal = asRefusal(cacheDir)(error);
    makers.forEach((way) => refusals.set(way, refusal));
    return undefined;
  }
}

function asRefusal(cacheDir: string): (error: unknown) => Refusal {
  return (error) => {
    if (!isSystemError(error)) throw error;
    const fix = `make ${cacheDir} a folder that you can write to, with room, or set XDG_CACHE_HOME`;
    const noSpace = error.code === "ENOSPC" || error.code === "EDQUOT";
    return { reason: `${error.code}: ${said(error)}`, fix, noSpace };
  };
}

function tellUnusable({ refusals, progress }: Context): void {
  for (const { reason, unusable } of refusals.values()) {
    if (unusable) progress.note(`not used: ${reason}`);
  }
}

const LABELS: Record<Way, string> = {
  path: "On PATH",
  cache: "Kept from before",
  download: "By download",
  build: "Built with Go",
};

function notFound({ refusals }: Context): RekeyError {
  const tried = WAYS.flatMap((way) => {
    const refusal = refusals.get(way);
    return refusal ? [{ ...refusal, label: LABELS[way] }] : [];
  });
  const full = tried.find(({ noSpace }) => noSpace === true);
  if (full)
    return new RekeyError({
      code: "no-space",
      exitCode: 2,
      message: `there is no room for the Pulumi CLI: ${full.reason}`,
      allowed: `room for it, or a Pulumi CLI ${OLDEST} or later, 3.x, on PATH`,
      fix: `${full.fix}. Then run \`rekey engine\``,
    });
  const reasons = tried.map(({ label, reason }) => `${label}: ${reason}.`).join(" ");
  return new RekeyError({
    code: "engine-not-found",
    message: `there is no Pulumi CLI to work with. ${reasons}`,
    allowed: `Pulumi CLI ${OLDEST} or later, 3.x`,
    fix: `any one of these: ${tried.map(({ fix }) => fix).join("; ")}. Then run \`rekey engine\``,
  });
}
