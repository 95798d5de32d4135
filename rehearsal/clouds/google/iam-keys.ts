/** IAM v1 over REST: keys of service accounts. The private half stands in the answer of `create` and nowhere else. */
import { z } from "zod";

import type { Account, AccountKey } from "./accounts";
import type { CloudContext } from "./context";
import { invalid } from "./errors";
import { iamRoute, policyKey } from "./iam-common";
import type { ApiRequest, Route } from "./router";

const KEYS = "/v1/projects/{project}/serviceAccounts/{account}/keys";
const KEY = `${KEYS}/{key}`;

const keyBody = z.strictObject({
  privateKeyType: z.enum(["TYPE_UNSPECIFIED", "TYPE_GOOGLE_CREDENTIALS_FILE"]).optional(),
  keyAlgorithm: z.enum(["KEY_ALG_UNSPECIFIED", "KEY_ALG_RSA_1024", "KEY_ALG_RSA_2048"]).optional(),
});

/** Routes of service-account keys. */
export function serviceAccountKeyRoutes(ctx: CloudContext): Route[] {
  const api = new KeysApi(ctx);
  const on = iamRoute(ctx);
  return [
    on("GET", KEYS, "serviceAccountKeys.list", (r) => api.listKeys(r), { query: ["keyTypes"] }),
    on("POST", KEYS, "serviceAccountKeys.create", (r) => api.createKey(r), { body: keyBody }),
    on("GET", KEY, "serviceAccountKeys.get", (r) => api.getKey(r), { query: ["publicKeyType"] }),
    on("DELETE", KEY, "serviceAccountKeys.delete", (r) => api.deleteKey(r)),
    on("POST", `${KEY}:disable`, "serviceAccountKeys.disable", (r) => api.disableKey(r, true)),
    on("POST", `${KEY}:enable`, "serviceAccountKeys.enable", (r) => api.disableKey(r, false)),
  ];
}

class KeysApi {
  constructor(private readonly ctx: CloudContext) {}

  private find({ params }: ApiRequest): Account {
    return this.ctx.accounts.get(params["account"] ?? "");
  }

  async listKeys(request: ApiRequest) {
    const account = this.find(request);
    const types = request.repeated["keyTypes"] ?? ["USER_MANAGED", "SYSTEM_MANAGED"];
    for (const type of types) {
      if (type !== "USER_MANAGED" && type !== "SYSTEM_MANAGED") {
        throw invalid(`Invalid value at 'key_types': ${type} is no key type.`);
      }
    }
    // The real service keeps a key of its own for each account; the fake makes it when somebody looks.
    if (
      types.includes("SYSTEM_MANAGED") &&
      !account.keys.some((k) => k.type === "SYSTEM_MANAGED")
    ) {
      await this.ctx.accounts.createKey(account, "KEY_ALG_RSA_2048", "SYSTEM_MANAGED");
    }
    const keys = account.keys.filter((key) => types.includes(key.type));
    return keys.length > 0 ? { keys: keys.map((key) => this.key(account, key)) } : {};
  }

  async createKey(request: ApiRequest) {
    const account = this.find(request);
    const { keyAlgorithm } = request.body as z.output<typeof keyBody>;
    const algorithm = keyAlgorithm === "KEY_ALG_RSA_1024" ? "KEY_ALG_RSA_1024" : "KEY_ALG_RSA_2048";
    const { key, privateKey } = await this.ctx.accounts.createKey(account, algorithm);
    this.recordKey(account, key, "create", "CreateServiceAccountKey", request);
    const file = this.credentials(account, key, privateKey);
    return {
      ...this.key(account, key),
      privateKeyType: "TYPE_GOOGLE_CREDENTIALS_FILE",
      privateKeyData: Buffer.from(JSON.stringify(file, null, 2)).toString("base64"),
    };
  }

  getKey(request: ApiRequest) {
    const account = this.find(request);
    const key = this.ctx.accounts.key(account, request.params["key"] ?? "");
    const form = request.query["publicKeyType"] ?? "TYPE_NONE";
    const pem = {
      TYPE_NONE: "",
      TYPE_X509_PEM_FILE: key.certificate,
      TYPE_RAW_PUBLIC_KEY: key.publicKey,
    }[form];
    if (pem === undefined) throw invalid(`Invalid value at 'public_key_type': ${form}.`);
    const data = pem === "" ? {} : { publicKeyData: Buffer.from(pem).toString("base64") };
    return { ...this.key(account, key), ...data };
  }

  deleteKey(request: ApiRequest) {
    const account = this.find(request);
    const key = this.ctx.accounts.key(account, request.params["key"] ?? "");
    this.ctx.accounts.deleteKey(account, key.id);
    this.recordKey(account, key, "delete", "DeleteServiceAccountKey", request);
    return {};
  }

  disableKey(request: ApiRequest, disabled: boolean) {
    const account = this.find(request);
    const key = this.ctx.accounts.key(account, request.params["key"] ?? "");
    key.disabled = disabled;
    const [verb, rpc] = disabled
      ? (["disable", "DisableServiceAccountKey"] as const)
      : (["enable", "EnableServiceAccountKey"] as const);
    this.recordKey(account, key, verb, rpc, request);
    return {};
  }

  private key(account: Account, key: AccountKey) {
    return {
      name: this.keyName(account, key),
      validAfterTime: key.validAfter,
      validBeforeTime: key.validBefore,
      keyAlgorithm: key.algorithm,
      keyOrigin: key.origin,
      keyType: key.type,
      ...(key.disabled ? { disabled: true } : {}),
    };
  }

  private keyName({ email }: Account, { id }: AccountKey): string {
    return `projects/${this.ctx.project}/serviceAccounts/${email}/keys/${id}`;
  }

  private credentials(account: Account, key: AccountKey, privateKey: string) {
    const { project, url } = this.ctx;
    return {
      type: "service_account",
      project_id: project,
      private_key_id: key.id,
      private_key: privateKey,
      client_email: account.email,
      client_id: account.uniqueId,
      auth_uri: `${url}/o/oauth2/auth`,
      token_uri: `${url}/token`,
      auth_provider_x509_cert_url: `${url}/oauth2/v1/certs`,
      client_x509_cert_url: `${url}/robot/v1/metadata/x509/${encodeURIComponent(account.email)}`,
      universe_domain: "googleapis.com",
    };
  }

  private recordKey(
    account: Account,
    key: AccountKey,
    verb: string,
    rpc: string,
    { caller }: ApiRequest,
  ): void {
    this.ctx.writes.record(
      `serviceAccountKey.${verb}`,
      `${policyKey(account.email)}/keys/${key.id}`,
    );
    this.ctx.audit.record({
      serviceName: "iam.googleapis.com",
      methodName: `google.iam.admin.v1.${rpc}`,
      resourceName: this.keyName(account, key),
      log: "activity",
      caller,
    });
  }
}
