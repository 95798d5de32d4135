import type { SecretText } from "../../../components/secret-text";
import { inventory } from "../../../stacks/inventory";
import type { Held, Holdings, Stage } from "../system";
import type { ProjectClouds } from "./clouds";
import { variablesOf } from "./cluster";
import { tokenOf } from "./load";

/** The names of project's secrets, in the inventory's order. */
export const NAMES = inventory(["project"]).map(({ name }) => name);

/** What a holder of the active generation of every secret has: what the workloads' variables refer to. */
export async function hold({ clouds }: Stage<ProjectClouds>): Promise<Holdings> {
  const [backend, agents, search] = [
    await variablesOf(clouds, "backend"),
    await variablesOf(clouds, "agents"),
    await variablesOf(clouds, "search"),
  ];
  const named = { ...backend, ...agents, MEILI_API_KEY: search["MEILI_MASTER_KEY"] };
  const of = (name: string): SecretText => {
    const value = (named as Record<string, SecretText | undefined>)[name];
    if (!value) throw new Error(`no workload has ${name}`);
    return value;
  };
  const more: Record<string, Partial<Held>> = {
    JWT_SECRET: { signed: await tokenOf(clouds) },
    POSTGRES_PASSWORD: { username: of("POSTGRES_USER").reveal() },
    ENCRYPTION_KEY: { value: of("ENCRYPTION_KEY").map((keys) => keys.split(",")[0] ?? "") },
    VAPID_PRIVATE_KEY: { username: of("VAPID_PUBLIC_KEY").reveal() },
    VAPID_PUBLIC_KEY: { username: of("VAPID_PUBLIC_KEY").reveal() },
  };
  return new Map(NAMES.map((name): [string, Held] => [name, { value: of(name), ...more[name] }]));
}
