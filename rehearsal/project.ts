import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { defaultCache } from "../engine/cache";
import { POLICY_FILE } from "../operator/policy-configuration";
import { HOME } from "../operator/workspace";
import { PREFIX, noteOwner } from "./leftovers";
import { localProviders } from "./providers";

/** The stack's name in a rehearsal. */
export const STACK = "rehearsal";

/** Which provider servers a rehearsal uses: our own, which need no download, or the official plugins. */
export type Providers = "local" | "official";

/** A project folder of a rehearsal's own, with its state and passphrase, below one root that is removed at the end. */
export interface Project {
  readonly root: string;
  /** The folder with Pulumi.yaml and Pulumi.rehearsal.yaml; closed to other users. */
  readonly work: string;
  /** What the engine gets on top of the cleaned environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes the folders, Pulumi.yaml (the committed one, with the provider servers), policies.json if there is one, and the stack's settings. */
export async function makeProject(
  providers: Providers,
  environment: Readonly<Record<string, string>>,
): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), PREFIX));
  await noteOwner(root);
  // The database server runs as another user where we are root: it must be able to pass.
  await chmod(root, 0o711);
  const [work, state, home] = [join(root, "work"), join(root, "state"), join(root, "pulumi-home")];
  const temporary = join(root, "tmp");
  for (const folder of [work, state, home, temporary]) await mkdir(folder, { mode: 0o700 });
  if (providers === "official") await keepPlugins(home);
  const text = await readFile(join(HOME, "Pulumi.yaml"), "utf8");
  const committed = parse(text) as Record<string, unknown>;
  const settings =
    providers === "local" ? { ...committed, plugins: { providers: localProviders() } } : committed;
  await writeFile(join(work, "Pulumi.yaml"), stringify(settings));
  const accepted = join(HOME, POLICY_FILE);
  if (existsSync(accepted)) await copyFile(accepted, join(work, POLICY_FILE));
  return {
    root,
    work,
    env: {
      ...environment,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_HOME: home,
      // What plugins leave there goes with the rehearsal, however that ends.
      TMPDIR: temporary,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(24).toString("base64url"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...(providers === "local" ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    },
  };
}

/** Where downloaded plugins are kept for this user: `$XDG_CACHE_HOME/rekey/plugins`, or `~/.cache/rekey/plugins`. */
export function pluginCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(dirname(defaultCache(env)), "plugins");
}

/** Has the engine keep what it downloads where the next rehearsal finds it; all else in its folder is this rehearsal's own. */
async function keepPlugins(home: string): Promise<void> {
  const cache = pluginCache();
  await mkdir(cache, { recursive: true, mode: 0o700 });
  await symlink(cache, join(home, "plugins"), "dir");
}
