import { SecretText } from "../../components/secret-text";
import { allPages } from "./operations";
import { modifyPolicy, type Policy } from "./policies";
import type { Call, Transport } from "./transport";

/** A service account, in the API's own names. */
export interface ServiceAccount {
  /** `projects/<project>/serviceAccounts/<email>`. */
  name: string;
  projectId?: string;
  uniqueId?: string;
  email: string;
  displayName?: string;
  description?: string;
  disabled?: boolean;
  etag?: string;
}

/** A key of a service account, without its private half. */
export interface ServiceAccountKey {
  /** `projects/<project>/serviceAccounts/<email>/keys/<id>`. */
  name: string;
  privateKeyType?: string;
  keyAlgorithm?: string;
  publicKeyData?: string;
  validAfterTime?: string;
  validBeforeTime?: string;
  keyOrigin?: string;
  keyType?: "USER_MANAGED" | "SYSTEM_MANAGED";
  disabled?: boolean;
}

/** IAM v1: service accounts and their keys. Account names may be `projects/-/serviceAccounts/<email>`. */
export class Iam {
  constructor(
    private readonly transport: Transport,
    private readonly base: string,
  ) {}

  getAccount(name: string): Promise<ServiceAccount> {
    return this.#send("GET", "serviceAccounts.get", name, name);
  }

  listAccounts(project: string): Promise<ServiceAccount[]> {
    const parent = `projects/${project}`;
    return allPages(async (pageToken) => {
      const page = await this.#send<{ accounts?: ServiceAccount[]; nextPageToken?: string }>(
        "GET",
        "serviceAccounts.list",
        parent,
        `${parent}/serviceAccounts`,
        { query: { pageSize: 100, pageToken } },
      );
      return { items: page.accounts ?? [], next: page.nextPageToken };
    });
  }

  createAccount(
    project: string,
    accountId: string,
    account: { displayName?: string | undefined; description?: string | undefined },
  ): Promise<ServiceAccount> {
    const parent = `projects/${project}`;
    return this.#send(
      "POST",
      "serviceAccounts.create",
      `${parent}/serviceAccounts/${accountId}`,
      `${parent}/serviceAccounts`,
      { body: { accountId, serviceAccount: account } },
    );
  }

  patchAccount(
    name: string,
    account: { displayName?: string | undefined; description?: string | undefined },
    updateMask: readonly string[],
  ): Promise<ServiceAccount> {
    return this.#send("PATCH", "serviceAccounts.patch", name, name, {
      body: { serviceAccount: account, updateMask: updateMask.join(",") },
    });
  }

  /** Enables or disables an account; a disabled one cannot authenticate, with no key of it. */
  async setAccountDisabled(name: string, disabled: boolean): Promise<void> {
    const move = disabled ? "disable" : "enable";
    await this.#send("POST", `serviceAccounts.${move}`, name, `${name}:${move}`, { body: {} });
  }

  async deleteAccount(name: string): Promise<void> {
    await this.#send("DELETE", "serviceAccounts.delete", name, name);
  }

  /** Keys of an account; user-managed ones only, unless `all`. */
  async listKeys(account: string, all = false): Promise<ServiceAccountKey[]> {
    const answer = await this.#send<{ keys?: ServiceAccountKey[] }>(
      "GET",
      "serviceAccounts.keys.list",
      account,
      `${account}/keys`,
      { query: { keyTypes: all ? undefined : "USER_MANAGED" } },
    );
    return answer.keys ?? [];
  }

  getKey(name: string, publicKeyType?: string): Promise<ServiceAccountKey> {
    return this.#send("GET", "serviceAccounts.keys.get", name, name, { query: { publicKeyType } });
  }

  /** Creates a key. The private half is in this answer only; Google does not keep it. */
  async createKey(
    account: string,
    wanted: { keyAlgorithm?: string | undefined; privateKeyType?: string | undefined } = {},
  ): Promise<ServiceAccountKey & { privateKeyData: SecretText }> {
    const { privateKeyData, ...key } = await this.#send<
      ServiceAccountKey & { privateKeyData?: string }
    >("POST", "serviceAccounts.keys.create", account, `${account}/keys`, { body: wanted });
    return { ...key, privateKeyData: new SecretText(privateKeyData ?? "") };
  }

  /** Uploads the public half of a key made elsewhere, base64 of a PEM certificate. */
  uploadKey(account: string, publicKeyData: string): Promise<ServiceAccountKey> {
    const method = "serviceAccounts.keys.upload";
    return this.#send("POST", method, account, `${account}/keys:upload`, {
      body: { publicKeyData },
    });
  }

  /** Deletes a key: it is refused from then on, though tokens made with it live up to an hour. */
  async deleteKey(name: string): Promise<void> {
    await this.#send("DELETE", "serviceAccounts.keys.delete", name, name);
  }

  getIamPolicy(account: string): Promise<Policy> {
    return this.#send("POST", "serviceAccounts.getIamPolicy", account, `${account}:getIamPolicy`, {
      query: { "options.requestedPolicyVersion": 3 },
    });
  }

  setIamPolicy(account: string, policy: Policy): Promise<Policy> {
    return this.#send("POST", "serviceAccounts.setIamPolicy", account, `${account}:setIamPolicy`, {
      body: { policy },
    });
  }

  /** Read-modify-write of the account's policy under its etag; see {@link modifyPolicy}. */
  modifyIamPolicy(account: string, edit: (policy: Policy) => Policy | undefined): Promise<Policy> {
    return modifyPolicy(
      () => this.getIamPolicy(account),
      (policy) => this.setIamPolicy(account, policy),
      edit,
    );
  }

  #send<T>(
    verb: Call["verb"],
    method: string,
    resource: string,
    path: string,
    more: Pick<Call, "query" | "body"> = {},
  ): Promise<T> {
    const url = `${this.base}${path}`;
    return this.transport.send<T>({ service: "iam", method, resource, verb, url, ...more });
  }
}
