import { createHmac } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { Variables, readEnvFile } from "../../clouds/host/env-file";
import { generatedValues } from "../../state-secrets";
import type { Held, Holdings, Stage } from "../system";
import type { MgmtVibeClouds } from "./clouds";
import { cookieOf } from "./load";
import { DATABASE } from "./rows";

/** What a holder of the active or of the staged generation of every secret has. */
export async function hold(
  stage: Stage<MgmtVibeClouds>,
  which: "active" | "staged" = "active",
): Promise<Holdings> {
  const { machine, issued } = stage.clouds;
  const env = await readEnvFile(machine.envFile);
  const of = (name: string) => new SecretText(env[name] ?? "");
  const cookie = await cookieOf(machine.url);
  if (which === "active")
    return new Map<string, Held>([
      ["SESSION_SECRET", { value: of("SESSION_SECRET"), signed: cookie }],
      [
        "DATABASE_PASSWORD",
        { value: of("POSTGRES_PASSWORD"), username: env["POSTGRES_USER"] ?? "" },
      ],
      ["OPENAI_API_KEY", { value: of("OPENAI_API_KEY") }],
      [
        "STRIPE_KEYS",
        { value: of("STRIPE_SECRET_KEY"), username: env["STRIPE_PUBLISHABLE_KEY"] ?? "" },
      ],
      ["ENCRYPTION_KEY", heldKey(keysOf(env)[0])],
    ]);
  const generated = await generatedValues(stage.project, stage.engine);
  const idle = env["POSTGRES_USER"]?.endsWith("_a") === true ? "b" : "a";
  const session = generated.get(`mgmt-vibe-session-${idle}`);
  const password = generated.get(`mgmt-vibe-database-${idle}`);
  if (!session || !password) throw new Error("nothing is staged");
  return new Map<string, Held>([
    ["SESSION_SECRET", { value: session, signed: signedAnew(cookie, session) }],
    ["DATABASE_PASSWORD", { value: password, username: `${DATABASE}_${idle}` }],
    ["OPENAI_API_KEY", { value: issued.openai }],
    ["STRIPE_KEYS", { value: issued.stripe.secret, username: issued.stripe.publishable }],
    ["ENCRYPTION_KEY", heldKey(keysOf(env).at(-1))],
  ]);
}

/** A key of the keyring and the number that its ciphertexts start with. */
interface NumberedKey {
  readonly key: SecretText;
  readonly version: string;
}

/** The keys in the env file: the active one first, a staged one last. */
export function keysOf(env: Variables): NumberedKey[] {
  const versions = env["ENCRYPTION_KEY_VERSIONS"]?.split(",") ?? [];
  const keys = env["ENCRYPTION_KEY"]?.split(",") ?? [];
  return keys.map((key, at) => ({ key: new SecretText(key), version: versions[at] ?? "" }));
}

/** What a holder of the key has. */
export function heldKey(key: NumberedKey | undefined): Held {
  if (!key) throw new Error("the env file has no encryption key");
  return { value: key.key, username: key.version };
}

/** The cookie of the same session as a holder of another secret would sign it. */
function signedAnew(cookie: SecretText, secret: SecretText): SecretText {
  const sid = cookie.reveal().split("=")[1]?.split(".")[0] ?? "";
  const mac = createHmac("sha256", secret.reveal()).update(`session=${sid}`).digest("base64url");
  return new SecretText(`session=${sid}.${mac}`);
}
