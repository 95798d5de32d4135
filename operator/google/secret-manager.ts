import { SecretText } from "../../components/secret-text";
import { allPages } from "./operations";
import { modifyPolicy, type Policy } from "./policies";
import type { Call, Transport } from "./transport";

/** The metadata of a secret, in the API's own names. */
export interface Secret {
  name?: string;
  replication?: Record<string, unknown>;
  createTime?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  versionAliases?: Record<string, string>;
  topics?: { name: string }[];
  rotation?: { nextRotationTime?: string; rotationPeriod?: string };
  expireTime?: string;
  ttl?: string;
  versionDestroyTtl?: string;
  tags?: Record<string, string>;
  etag?: string;
}

/** One version: its state, never its value. */
export interface SecretVersion {
  /** `projects/<number>/secrets/<id>/versions/<n>`. */
  name: string;
  createTime?: string;
  destroyTime?: string;
  state: "ENABLED" | "DISABLED" | "DESTROYED" | "STATE_UNSPECIFIED";
  etag?: string;
}

/** Google Secret Manager v1. Names are full resource names (`projects/p/secrets/s[/versions/n]`). */
export class SecretManager {
  constructor(
    private readonly transport: Transport,
    private readonly base: string,
  ) {}

  getSecret(name: string): Promise<Secret> {
    return this.#send("GET", "secrets.get", name, name);
  }

  listSecrets(project: string, filter?: string): Promise<Secret[]> {
    return allPages(async (pageToken) => {
      const page = await this.#send<{ secrets?: Secret[]; nextPageToken?: string }>(
        "GET",
        "secrets.list",
        `projects/${project}`,
        `projects/${project}/secrets`,
        { query: { pageSize: 250, pageToken, filter } },
      );
      return { items: page.secrets ?? [], next: page.nextPageToken };
    });
  }

  createSecret(project: string, secretId: string, secret: Secret): Promise<Secret> {
    const parent = `projects/${project}`;
    return this.#send(
      "POST",
      "secrets.create",
      `${parent}/secrets/${secretId}`,
      `${parent}/secrets`,
      {
        query: { secretId },
        body: secret,
      },
    );
  }

  /** Changes the named fields only; an `etag` inside `secret` makes the write conditional. */
  patchSecret(name: string, secret: Secret, updateMask: readonly string[]): Promise<Secret> {
    return this.#send("PATCH", "secrets.patch", name, name, {
      query: { updateMask: updateMask.join(",") },
      body: secret,
    });
  }

  /** Deletes the secret and every version of it at once; there is no way back. */
  async deleteSecret(name: string, etag?: string): Promise<void> {
    await this.#send("DELETE", "secrets.delete", name, name, { query: { etag } });
  }

  /** Adds a version; from then on `latest` means it. Not repeated after an ambiguous failure. */
  addVersion(secret: string, value: SecretText): Promise<SecretVersion> {
    return this.addEncodedVersion(
      secret,
      value.map((plain) => Buffer.from(plain, "utf8").toString("base64")),
      value,
    );
  }

  /** Like {@link addVersion} for a value that is base64 already (binary payloads). */
  addEncodedVersion(
    secret: string,
    base64: SecretText,
    ...alsoSecret: SecretText[]
  ): Promise<SecretVersion> {
    return this.#send("POST", "secrets.addVersion", secret, `${secret}:addVersion`, {
      body: { payload: { data: base64 } },
      secrets: alsoSecret,
    });
  }

  getVersion(name: string): Promise<SecretVersion> {
    return this.#send("GET", "secrets.versions.get", name, name);
  }

  /** Every version, newest first; `filter` is Google's, for instance `state:ENABLED`. */
  listVersions(secret: string, filter?: string): Promise<SecretVersion[]> {
    return allPages(async (pageToken) => {
      const page = await this.#send<{ versions?: SecretVersion[]; nextPageToken?: string }>(
        "GET",
        "secrets.versions.list",
        secret,
        `${secret}/versions`,
        { query: { pageSize: 250, pageToken, filter } },
      );
      return { items: page.versions ?? [], next: page.nextPageToken };
    });
  }

  enableVersion(name: string, etag?: string): Promise<SecretVersion> {
    return this.#move("enable", name, etag);
  }

  /** Readers of this version are refused from now on; enabling it brings it back. */
  disableVersion(name: string, etag?: string): Promise<SecretVersion> {
    return this.#move("disable", name, etag);
  }

  /** Erases the value for good. */
  destroyVersion(name: string, etag?: string): Promise<SecretVersion> {
    return this.#move("destroy", name, etag);
  }

  /** The value, base64-encoded as the API gives it, wrapped; `name` has the real version number. */
  async accessEncodedVersion(name: string): Promise<{ name: string; base64: SecretText }> {
    const answer = await this.#send<{ name: string; payload?: { data?: string } }>(
      "GET",
      "secrets.versions.access",
      name,
      `${name}:access`,
    );
    return { name: answer.name, base64: new SecretText(answer.payload?.data ?? "") };
  }

  /** The value as text, wrapped. Refused (400 FAILED_PRECONDITION) when disabled or destroyed. */
  async accessVersion(name: string): Promise<{ name: string; value: SecretText }> {
    const { name: real, base64 } = await this.accessEncodedVersion(name);
    return {
      name: real,
      value: base64.map((encoded) => Buffer.from(encoded, "base64").toString("utf8")),
    };
  }

  getIamPolicy(secret: string): Promise<Policy> {
    return this.#send("GET", "secrets.getIamPolicy", secret, `${secret}:getIamPolicy`, {
      query: { "options.requestedPolicyVersion": 3 },
    });
  }

  setIamPolicy(secret: string, policy: Policy): Promise<Policy> {
    return this.#send("POST", "secrets.setIamPolicy", secret, `${secret}:setIamPolicy`, {
      body: { policy },
    });
  }

  /** Read-modify-write of the secret's policy under its etag; see {@link modifyPolicy}. */
  modifyIamPolicy(secret: string, edit: (policy: Policy) => Policy | undefined): Promise<Policy> {
    return modifyPolicy(
      () => this.getIamPolicy(secret),
      (policy) => this.setIamPolicy(secret, policy),
      edit,
    );
  }

  #move(move: "enable" | "disable" | "destroy", name: string, etag?: string) {
    return this.#send<SecretVersion>("POST", `secrets.versions.${move}`, name, `${name}:${move}`, {
      body: etag === undefined ? {} : { etag },
    });
  }

  #send<T>(
    verb: Call["verb"],
    method: string,
    resource: string,
    path: string,
    more: Pick<Call, "query" | "body" | "secrets"> = {},
  ): Promise<T> {
    const url = `${this.base}${path}`;
    return this.transport.send<T>({
      service: "secretmanager",
      method,
      resource,
      verb,
      url,
      ...more,
    });
  }
}
