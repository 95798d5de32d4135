import { intakeEntryOf } from "../../../components/intake-place";
import { SecretText } from "../../../components/secret-text";
import { VaultClient, VaultError } from "../../../operator/vault";
import { entryOf } from "../../../stacks/project/inventory";
import { READS } from "../../../stacks/project/workloads";
import type { Attempt } from "./access";
import type { OpenedVault, ProjectClouds } from "./clouds";
import { MOUNT } from "../../clouds/vault/set-up";
import { PREFIX } from "./writes";

const STORE = "Vault KV";
const STRANGER = "stranger";

/** Logs each service in by its AppRole, and a stranger by its own; gives what each of them and nobody tries. Nothing where Vault is no backend. */
export async function attemptsAtVault({
  opened,
}: ProjectClouds): Promise<(secret: string) => Attempt[]> {
  if (!opened) return () => [];
  await opened.client.write(`auth/approle/role/${STRANGER}`, {
    token_policies: ["default"],
    token_ttl: 600,
  });
  const callers: Caller[] = [
    { identity: "nobody", client: opened.vault.client(), reads: [] },
    { identity: STRANGER, client: await asAppRole(opened, STRANGER), reads: [] },
  ];
  for (const [workload, reads] of Object.entries(READS)) {
    const identity = `project-${workload}`;
    callers.push({ identity, client: await asAppRole(opened, identity), reads });
  }
  return (secret) => callers.flatMap((caller) => attempts(caller, secret));
}

/** Logs in by an AppRole with a secret id that is made for it, as whoever deploys the service does. */
export async function asAppRole(
  { vault, client }: OpenedVault,
  role: string,
): Promise<VaultClient> {
  const path = `auth/approle/role/${role}`;
  const id = await client.read(`${path}/role-id`);
  const { data } = await client.write(`${path}/secret-id`);
  const secretId = new SecretText(String(data?.["secret_id"]));
  return vault.client(await vault.client().logIn(String(id?.["role_id"]), secretId));
}

interface Caller {
  readonly identity: string;
  readonly client: VaultClient;
  readonly reads: readonly string[];
}

function attempts({ identity, client, reads }: Caller, secret: string): Attempt[] {
  const path = `${PREFIX}/${entryOf(secret)}`;
  const of = (call: string, promised: boolean, send: () => Promise<unknown>): Attempt => ({
    ...{ store: STORE, identity, call, promised },
    run: () => allowed(send),
  });
  return [
    of("read", reads.includes(secret), () => client.call("GET", `${MOUNT}/data/${path}`)),
    of("read the intake entry", false, () =>
      client.call("GET", `${MOUNT}/data/${intakeEntryOf(path)}/g2`),
    ),
    of("read metadata", false, () => client.call("GET", `${MOUNT}/metadata/${path}`)),
    of("list", false, () => client.call("LIST", `${MOUNT}/metadata/${PREFIX}`)),
  ];
}

async function allowed(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof VaultError && error.status === 403) return false;
    throw error;
  }
}
