import type { Progress } from "../operator/output";
import type { Refusal } from "./engine";
import { programs } from "./path";
import { complaint } from "./reason";
import { run } from "./run";
import { isAtLeast } from "./version";

/** A Go that is new enough, and what it needs to be run with. */
export interface Go {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where it keeps what it compiled. */
  readonly buildCache: string;
  /** Where it keeps the modules that it fetched. */
  readonly moduleCache: string;
}

const ASK_MS = 30_000;
/** From this version on, Go fetches a newer Go by itself when a module asks for it. */
const SWITCHING = "1.21";

/**
 * The Go toolchain on PATH. One that is too old may fetch the one that go.mod asks for, as Go does unless `GOTOOLCHAIN=local`.
 *
 * @param folder the folder with go.mod
 * @param wanted the version that go.mod asks for
 */
export async function findGo(
  folder: string,
  wanted: string,
  progress: Progress,
  base: NodeJS.ProcessEnv = process.env,
): Promise<Go | Refusal> {
  const fix = `install Go ${wanted} or later and put it on PATH`;
  const [path] = await programs("go", base);
  if (path === undefined) return { reason: "no `go` on PATH", fix };
  const own = await ask(path, folder, { ...settings(base), GOTOOLCHAIN: "local" });
  if ("reason" in own) return { reason: `${path}: ${own.reason}`, fix };
  if (isAtLeast(own.version, wanted)) return { path, ...own };
  const refusal = { reason: `${path} is Go ${own.version}, older than ${wanted}`, fix };
  if (!isAtLeast(own.version, SWITCHING) || base.GOTOOLCHAIN === "local") return refusal;
  progress.step(`Go ${own.version} is fetching Go ${wanted}`);
  const newer = await ask(path, folder, settings(base), undefined);
  const reached = !("reason" in newer) && isAtLeast(newer.version, wanted);
  return reached ? { path, ...newer } : refusal;
}

type Answer = Omit<Go, "path"> & { version: string };

async function ask(
  path: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  deadlineMs: number | undefined = ASK_MS,
): Promise<Answer | { reason: string }> {
  const names = ["GOVERSION", "GOCACHE", "GOMODCACHE"];
  const { code, stdout, stderr } = await run(path, ["env", ...names], { cwd, env, deadlineMs });
  const [printed = "", buildCache = "", moduleCache = ""] = stdout.split("\n");
  const version = /go(\d+\.\d+(\.\d+)?)/.exec(printed)?.[1];
  if (code !== 0 || version === undefined) return { reason: complaint(stderr) };
  return { env, version, buildCache, moduleCache };
}

function settings(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // People's own settings for other builds (a vendor folder, a workspace, another platform) must not reach this one.
  const own = { GOFLAGS: "-mod=readonly", GOWORK: "off", GOOS: undefined, GOARCH: undefined };
  return { ...base, ...own };
}
