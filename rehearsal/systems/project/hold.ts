import { SecretText } from "../../../components/secret-text";
import { inventory } from "../../../stacks/inventory";
import type { Held, Holdings, Stage } from "../system";
import type { ProjectClouds } from "./clouds";
import { variablesOf } from "./cluster";
import { tokenOf } from "./load";
import { leaveSubscription, livePairs } from "./push";

/** The names of project's secrets, in the inventory's order. */
export const NAMES = inventory(["project"]).map(({ name }) => name);

/**
 * What a holder of the active generation of every secret has, by what the workloads' variables refer to; or of the staged generation of the
 * pair of Web Push, which the backend knows before it is activated.
 */
export async function hold(
  { clouds }: Stage<ProjectClouds>,
  which: "active" | "staged" = "active",
): Promise<Holdings> {
  return which === "active" ? active(clouds) : staged(clouds);
}

async function staged(clouds: ProjectClouds): Promise<Holdings> {
  const [, pair] = await livePairs(clouds);
  if (!pair) throw new Error("the backend does not know a staged pair of Web Push");
  const { publicKey: username, privateKey: value } = pair;
  return new Map<string, Held>([
    ["VAPID_PRIVATE_KEY", { value, username }],
    ["VAPID_PUBLIC_KEY", { value: new SecretText(username), username }],
  ]);
}

async function active(clouds: ProjectClouds): Promise<Holdings> {
  const [backend, agents, search] = [
    await variablesOf(clouds, "backend"),
    await variablesOf(clouds, "agents"),
    await variablesOf(clouds, "search"),
  ];
  await leaveSubscription(clouds);
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
