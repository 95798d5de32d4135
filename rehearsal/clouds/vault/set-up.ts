/** What a new server is told once, over its API: keys, engines, and the AppRole that the program logs in by. */
import { SecretText } from "../../../components/secret-text";
import type { VaultClient } from "../../../operator/vault";
import { until } from "../../processes";

/** The KV v2 engine of the rehearsal. */
export const MOUNT = "secret";

/** Longest that the program's token lives, seconds: a rehearsal takes minutes. */
const TOKEN_TTL = 4 * 3600;
const TOKEN_MAX_TTL = 8 * 3600;
const UNSEAL_MS = 30_000;

/** What the program may do with Vault: its secrets, and who may read them. The text of docs/vault.md. */
export const DEPLOY_POLICY = `
path "${MOUNT}/data/project/*"     { capabilities = ["create", "update", "read", "delete"] }
path "${MOUNT}/metadata/project/*" { capabilities = ["create", "update", "read", "delete", "list"] }
path "sys/policies/acl/*"        { capabilities = ["create", "update", "read", "delete"] }
path "auth/approle/role/*"       { capabilities = ["create", "update", "read", "delete"] }
path "auth/kubernetes/role/*"    { capabilities = ["create", "update", "read", "delete"] }
`;

/** More than a deployment needs, for what sets engines and log-in methods up itself. It can neither unseal nor make root tokens. */
const SET_UP_POLICY = `
path "${MOUNT}/data/*"       { capabilities = ["create", "update", "read", "delete"] }
path "${MOUNT}/metadata/*"   { capabilities = ["create", "update", "read", "delete", "list"] }
path "sys/policies/acl/*"    { capabilities = ["create", "update", "read", "delete"] }
path "auth/approle/role/*"   { capabilities = ["create", "update", "read", "delete"] }
path "auth/kubernetes/*"     { capabilities = ["create", "update", "read", "delete"] }
path "sys/mounts"            { capabilities = ["read"] }
path "sys/mounts/*"          { capabilities = ["create", "update", "read", "delete"] }
path "sys/auth"              { capabilities = ["read"] }
path "sys/auth/*"            { capabilities = ["create", "update", "read", "delete", "sudo"] }
path "auth/token/create"     { capabilities = ["update"] }
`;

/** `deploy`: what docs/vault.md gives the program. `set-up`: engines and log-in methods besides. */
export type Rights = "deploy" | "set-up";

/** Initialises, unseals and sets up; the root token is revoked before this returns, and the unseal key is forgotten. */
export async function setUp(
  anonymous: VaultClient,
  rights: Rights,
): Promise<{ token: SecretText; version: string }> {
  const made = await anonymous.call("PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 });
  const [key] = made.keys_base64 as string[];
  await anonymous.call("PUT", "sys/unseal", { key });
  await until(
    "OpenBao is unsealed but does not serve",
    async () => (await anonymous.read("sys/health")) !== undefined,
    UNSEAL_MS,
  );
  const root = anonymous.as(new SecretText(String(made.root_token)));
  try {
    await root.write(`sys/mounts/${MOUNT}`, { type: "kv", options: { version: "2" } });
    await root.write("sys/auth/approle", { type: "approle" });
    await root.write("sys/policies/acl/rekey-deploy", {
      policy: rights === "deploy" ? DEPLOY_POLICY : SET_UP_POLICY,
    });
    await root.write("auth/approle/role/rekey-deploy", {
      token_policies: ["rekey-deploy"],
      token_ttl: TOKEN_TTL,
      token_max_ttl: TOKEN_MAX_TTL,
      secret_id_num_uses: 1,
    });
    const roleId = (await root.read("auth/approle/role/rekey-deploy/role-id"))?.role_id;
    const issued = await root.write("auth/approle/role/rekey-deploy/secret-id");
    const secretId = new SecretText(String(issued.data?.secret_id));
    const token = await anonymous.logIn(String(roleId), secretId);
    // A new KV v2 engine answers 400 until its upgrade is done.
    await until(
      "the KV engine does not serve",
      async () => (await root.list(`${MOUNT}/metadata/`)).length === 0,
      UNSEAL_MS,
    );
    const version = String((await anonymous.read("sys/health"))?.version);
    return { token, version };
  } finally {
    await root.write("auth/token/revoke-self");
    root.close();
  }
}
