import { SignJWT, decodeJwt, decodeProtectedHeader } from "jose";
import { SecretText } from "../../../components/secret-text";
import { Variables, readEnvFile } from "../../clouds/host/env-file";
import { generatedValues } from "../../state-secrets";
import type { Held, Holdings, Stage } from "../system";
import type { ProxpanelClouds } from "./clouds";
import { makeBackup } from "./backups";
import { Tokens, logIn } from "./load";

/** The panel's database, and the common name of its users. */
export const DATABASE = "proxpanel";

/** The env file on the machine. */
export function envOf({ machine }: ProxpanelClouds): Promise<Variables> {
  return readEnvFile(machine.envFile);
}

/** What a holder of the active or of the staged generation of every secret has; of the active one, a backup is made on the machine. */
export async function hold(
  stage: Stage<ProxpanelClouds>,
  which: "active" | "staged" = "active",
): Promise<Holdings> {
  const env = await envOf(stage.clouds);
  if (which === "active") await makeBackup(stage.clouds.machine);
  const tokens = await logIn(stage.clouds.machine.url, new SecretText(env["ADMIN_PASSWORD"] ?? ""));
  if (tokens === "refused") throw new Error("the administrator's current password is refused");
  return which === "active" ? active(env, tokens) : staged(stage, env, tokens);
}

function active(env: Variables, { access, refresh }: Tokens): Holdings {
  const of = (name: string) => new SecretText(env[name] ?? "");
  const plain = [
    "ADMIN_PASSWORD",
    "PAYSTACK_SECRET",
    "FLUTTERWAVE_WEBHOOK_HASH",
    "ALERTING_WEBHOOK_SECRET",
  ].map((name): [string, Held] => [name, { value: of(name) }]);
  return new Map<string, Held>([
    ["JWT_SECRET", { value: of("JWT_SECRET"), signed: access }],
    ["JWT_REFRESH_SECRET", { value: of("JWT_REFRESH_SECRET"), signed: refresh }],
    ["POSTGRES_PASSWORD", { value: of("POSTGRES_PASSWORD"), username: env["POSTGRES_USER"] ?? "" }],
    [
      "PROXMOX_TOKEN_SECRET",
      { value: of("PROXMOX_TOKEN_SECRET"), username: env["PROXMOX_TOKEN_ID"] ?? "" },
    ],
    [
      "BACKUP_ENCRYPTION_KEY",
      { value: of("BACKUP_ENCRYPTION_KEY"), username: env["BACKUP_ENCRYPTION_KEY_ID"] ?? "" },
    ],
    ...plain,
  ]);
}

async function staged(
  { clouds, project, engine }: Stage<ProxpanelClouds>,
  env: Variables,
  tokens: Tokens,
): Promise<Holdings> {
  const generated = await generatedValues(project, engine);
  const idle = env["POSTGRES_USER"]?.endsWith("_a") === true ? "b" : "a";
  const of = (name: string) => {
    const value = generated.get(`proxpanel-${name}-${idle}`);
    if (!value) throw new Error(`nothing is staged in slot ${idle} of ${name}`);
    return value;
  };
  const { proxmox, webhooks } = clouds.issued;
  return new Map<string, Held>([
    ["JWT_SECRET", { value: of("jwt"), signed: await signedAnew(tokens.access, of("jwt")) }],
    [
      "JWT_REFRESH_SECRET",
      { value: of("jwt-refresh"), signed: await signedAnew(tokens.refresh, of("jwt-refresh")) },
    ],
    ["POSTGRES_PASSWORD", { value: of("database"), username: `${DATABASE}_${idle}` }],
    ["PROXMOX_TOKEN_SECRET", { value: proxmox.secret, username: proxmox.id }],
    ["ADMIN_PASSWORD", { value: of("admin") }],
    ["BACKUP_ENCRYPTION_KEY", { value: of("backup"), username: "proxpanel-backup-staged" }],
    ...Object.entries(webhooks).map(([name, value]): [string, Held] => [name, { value }]),
  ]);
}

/** The same token as a holder of another key would sign it. */
async function signedAnew(token: SecretText, key: SecretText): Promise<SecretText> {
  const { alg = "HS256" } = decodeProtectedHeader(token.reveal());
  const signed = await new SignJWT(decodeJwt(token.reveal()))
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(key.reveal()));
  return new SecretText(signed);
}
