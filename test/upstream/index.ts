/**
 * Provider plugins made of what their authors publish as Go modules: the code that people's engines run, in the places of our own provider
 * servers. They show whether those servers tell the truth. Not all can be had that way; see docs/decisions/0024-upstream-providers.md.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defaultCache } from "../../engine/cache";
import type { Progress } from "../../operator/output";
import { cutAws } from "./cut-aws";
import { type GoModule, copyModule } from "./go-module";

/** One such provider. */
interface Upstream {
  /** Changes the copied module before it is built; nothing unless set. */
  readonly prepare?: (module: GoModule) => Promise<void>;
  /** What is run on it: spec files and folders below test/. */
  readonly specs: readonly string[];
}

/** The providers that can be built, by their package's name. */
export const UPSTREAMS: Readonly<Record<string, Upstream>> = {
  aws: {
    prepare: cutAws,
    specs: [
      ...["access", "adoption", "creation-faults", "credential", "ecs-task-definition"],
      ...["faults", "intake", "lambda-service", "rotation-function", "store"],
    ].map((name) => `rehearsal/providers/aws/${name}.spec.ts`),
  },
  kubernetes: {
    specs: [
      ...["rehearsal/providers/kubernetes", "rehearsal/kubernetes-moves"],
      ...["rehearsal/kubernetes-faults", "rehearsal/kubernetes-creation-faults"],
      ...["rehearsal/function-rotated-token", "operator/convergence/three-stores"],
    ].map((name) => `${name}.spec.ts`),
  },
  random: {
    specs: [
      ...["upstream/answers", "rehearsal/providers/aws/store", "rehearsal/jwt-pair"],
      ...["rehearsal/kubernetes-moves", "rehearsal/vault-moves"],
    ].map((name) => `${name}.spec.ts`),
  },
  tls: { specs: ["upstream/answers.spec.ts", "rehearsal/providers/tls.spec.ts"] },
};

const FOLDER = join(dirname(defaultCache()), "upstream");

/**
 * Builds a provider, or takes the one that is kept from before if its sources are the same. Minutes of processor time and up to a gigabyte of
 * modules at first; Go keeps both.
 *
 * @returns the folder with `pulumi-resource-<name>`.
 * @throws Error with what Go complained of.
 */
export async function buildUpstream(name: string, progress: Progress): Promise<string> {
  const { prepare } = UPSTREAMS[name] ?? {};
  const source = join(__dirname, name);
  const folder = join(FOLDER, name);
  const [plugin, stamp] = [join(folder, `pulumi-resource-${name}`), join(folder, "sources")];
  const digest = digestOf([source, __filename, join(__dirname, "cut-aws.ts")]);
  if (existsSync(plugin) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest)
    return folder;
  progress.step(`building the ${name} provider of its upstream's sources`);
  const module = await copyModule(source, folder, progress);
  try {
    await prepare?.(module);
    await module.go("build", "-trimpath", "-ldflags", "-s -w", "-o", "plugin", ".");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(join(module.dir, "plugin"), plugin);
    await writeFile(stamp, digest);
    return folder;
  } finally {
    await rm(module.dir, { recursive: true, force: true });
  }
}

function digestOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths)
    for (const file of path.endsWith(".ts")
      ? [path]
      : readdirSync(path).map((one) => join(path, one)))
      hash.update(readFileSync(file));
  return hash.digest("hex");
}
