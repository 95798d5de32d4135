import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { homedir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../../components/errors";
import { SecretText } from "../../components/secret-text";

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;
const ANSWER_MS = 10_000;

/**
 * Refuses a way to Vault on which somebody could listen in: `http:` (loopback may, outside prod) and an unchecked certificate.
 *
 * @throws ConfigurationError before any resource is declared.
 */
export function checkVaultSettings(environment: string, config = new pulumi.Config("vault")): void {
  const address = addressIn(config);
  if (address !== undefined) {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const local = LOOPBACK.test(url?.hostname ?? "") && environment !== "prod";
    if (url?.protocol !== "https:" && !(url?.protocol === "http:" && local))
      throw new ConfigurationError({
        path: "vault:address",
        problem: "is no address of https:, and every value would cross the network in plain",
        allowed: "https://…; http://127.0.0.1:<port> outside prod only",
        fix: "pulumi config set vault:address https://vault.example.com:8200",
      });
  }
  const skipped = config.getBoolean("skipTlsVerify") ?? isTrue(process.env["VAULT_SKIP_VERIFY"]);
  if (skipped)
    throw new ConfigurationError({
      path: "vault:skipTlsVerify",
      problem: "is true, and anybody could answer in Vault's place",
      allowed: "nothing: give the certificate of the server's authority instead",
      fix: "pulumi config rm vault:skipTlsVerify && pulumi config set vault:caCertFile <file>; unset VAULT_SKIP_VERIFY",
    });
}

/** Runs before each write to Vault and holds it back where the token is a root token. Asks once an update, and only where something is written. */
export function noRootToken(
  name: string,
  config = new pulumi.Config("vault"),
): pulumi.ResourceHook {
  let asked: Promise<void> | undefined;
  return new pulumi.ResourceHook(name, () => (asked ??= refuseRoot(config)));
}

/** Puts a hook before each write of the resources below a component. */
export function beforeWrites(hook: pulumi.ResourceHook): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    // A component writes nothing itself; the resource does not know yet which of the two it is.
    if (type.startsWith("rekey:")) return undefined;
    const { hooks } = opts;
    const more = {
      ...hooks,
      beforeCreate: [hook, ...(hooks?.beforeCreate ?? [])],
      beforeUpdate: [hook, ...(hooks?.beforeUpdate ?? [])],
    };
    return { props, opts: { ...opts, hooks: more } };
  };
}

async function refuseRoot(config: pulumi.Config): Promise<void> {
  const address = addressIn(config);
  const token = await tokenIn(config);
  // The provider says itself what is missing.
  if (address === undefined || token === undefined) return;
  if (!(await policiesOf(address, token, config)).includes("root")) return;
  throw new Error(
    "vault:token is a root token, which may do everything and is bound by no time: log in by the program's own AppRole (docs/vault.md) and revoke this one with `vault token revoke -self`",
  );
}

/** What the token may do by name; nothing for one that may not even look at itself, which root may. */
function policiesOf(
  address: string,
  token: SecretText,
  config: pulumi.Config,
): Promise<readonly string[]> {
  const file = config.get("caCertFile") ?? process.env["VAULT_CACERT"];
  const namespace = config.get("namespace") ?? process.env["VAULT_NAMESPACE"];
  const url = new URL("v1/auth/token/lookup-self", `${address.replace(/\/+$/, "")}/`);
  const options = {
    ...(file === undefined ? {} : { ca: readFileSync(file, "utf8") }),
    signal: AbortSignal.timeout(ANSWER_MS),
    headers: {
      "x-vault-request": "true",
      "x-vault-token": token.reveal(),
      ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
    },
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).get(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 403) return resolve([]);
        if (response.statusCode !== 200)
          return reject(new Error(`Vault answered ${response.statusCode} about its own token`));
        const { data } = JSON.parse(body) as { data?: { policies?: string[] } };
        resolve(data?.policies ?? []);
      });
    });
    request.once("error", reject);
  });
}

function addressIn(config: pulumi.Config): string | undefined {
  return config.get("address") || process.env["VAULT_ADDR"] || undefined;
}

async function tokenIn(config: pulumi.Config): Promise<SecretText | undefined> {
  const set = config.getSecret("token");
  if (set !== undefined)
    return new Promise((resolve) => void set.apply((text) => resolve(new SecretText(text))));
  const given = process.env["VAULT_TOKEN"] ?? loggedIn();
  return given === undefined || given === "" ? undefined : new SecretText(given);
}

/** What `vault login` left. */
function loggedIn(): string | undefined {
  try {
    return readFileSync(join(homedir(), ".vault-token"), "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isTrue(text: string | undefined): boolean {
  return /^(1|t|true)$/i.test(text ?? "");
}
