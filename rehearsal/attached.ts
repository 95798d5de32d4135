import { join } from "node:path";
import { HOME } from "../operator/workspace";
import { Child, launch } from "./processes";
import type { Project } from "./project";
import { localProviders } from "./providers";

/** Provider servers that serve one update after the other. */
export interface AttachedProviders {
  /** What tells the engine where they listen. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const START_MS = 20_000;

/**
 * Starts our provider servers of the packages named once for a whole rehearsal; the engine attaches to them (`PULUMI_DEBUG_PROVIDERS`) instead of starting
 * its own at every update, which would cost seconds each time. They end with this process.
 */
export async function attachProviders(
  { work, env }: Project,
  packages: readonly string[],
): Promise<AttachedProviders> {
  const wanted = localProviders().filter(({ name }) => packages.includes(name));
  const children: Child[] = [];
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop()));
  };
  try {
    const ports = await Promise.all(
      wanted.map(async ({ name, path }) => {
        const child = await launch({
          name: `the provider server ${name}`,
          // By itself, as the engine starts it: it need be no program of Node's.
          command: join(path, `pulumi-resource-${name}`),
          cwd: work,
          env: { ...env, REKEY_HOME: HOME },
          leash: "own",
          announces: true,
        });
        children.push(child);
        return `${name}:${(await child.announced(START_MS)).trim()}`;
      }),
    );
    return { env: { PULUMI_DEBUG_PROVIDERS: ports.join(",") }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
