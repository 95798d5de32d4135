/**
 * Secrets and their versions with the rules of Secret Manager: numbers are never reused, `latest` is the highest number whatever
 * its state (a disabled latest breaks its readers instead of falling back), a destroyed value is gone.
 */
import { alreadyExists, denied, invalid, notFound, precondition } from "./errors";
import { crc32c } from "./crc32c";
import type { PolicyStore } from "./policies";
import { checkReplication, checkSecret, PAYLOAD_LIMIT, type SecretInput } from "./secret-rules";

/** State of a version. */
export type VersionState = "ENABLED" | "DISABLED" | "DESTROYED";

/** A version; `data` is absent once it was destroyed. */
export interface Version {
  readonly number: number;
  readonly createTime: string;
  readonly checksumGiven: boolean;
  state: VersionState;
  destroyTime?: string;
  scheduledDestroyTime?: string;
  etag: string;
  data?: Buffer;
}

/** A secret with all its versions, oldest first. */
export interface Secret {
  readonly id: string;
  readonly createTime: string;
  readonly replication: NonNullable<SecretInput["replication"]>;
  settings: Omit<SecretInput, "replication" | "etag" | "name" | "createTime" | "ttl">;
  etag: string;
  readonly versions: Version[];
}

/** All secrets of the project. Every method throws what the real service answers. */
export class SecretStore {
  private readonly secrets = new Map<string, Secret>();
  private changes = 0;

  /**
   * @param parent `projects/<number>`, the form in which the real service names its resources.
   * @param policies asked by `accessAs`, under the keys of `policyKey`.
   */
  constructor(
    private readonly parent: string,
    private readonly policies: PolicyStore,
  ) {}

  /** Full name of a secret, or of one of its versions. */
  name(id: string, version?: number | string): string {
    return `${this.parent}/secrets/${id}${version === undefined ? "" : `/versions/${version}`}`;
  }

  /** Key of a secret's policy. */
  policyKey(id: string): string {
    return `secrets/${id}`;
  }

  /** Newest first. */
  list(): Secret[] {
    return [...this.secrets.keys()].flatMap((id) => this.lookup(id) ?? []).reverse();
  }

  create(id: string, input: SecretInput): Secret {
    checkSecret(input);
    if (this.lookup(id)) throw alreadyExists(`Secret [${this.name(id)}] already exists.`);
    if (Object.keys(input.versionAliases ?? {}).length > 0) {
      throw invalid("version_aliases cannot name versions of a secret that has none.");
    }
    const secret: Secret = {
      id,
      createTime: new Date().toISOString(),
      replication: checkReplication(input),
      settings: settingsOf(input),
      etag: this.nextEtag(),
      versions: [],
    };
    this.secrets.set(id, secret);
    return secret;
  }

  /** The secret; 404 when there is none or its expiry has come. */
  get(id: string): Secret {
    const secret = this.lookup(id);
    if (!secret) throw notFound(`Secret [${this.name(id)}] not found.`);
    return secret;
  }

  patch(id: string, input: SecretInput, fields: readonly (keyof SecretInput)[]): Secret {
    const secret = this.get(id);
    this.checkEtag(`Secret [${this.name(id)}]`, secret.etag, input.etag);
    const keys: string[] = fields.map((field) => (field === "ttl" ? "expireTime" : field));
    const given = Object.entries(settingsOf(input));
    const settings: Secret["settings"] = Object.fromEntries([
      ...Object.entries(secret.settings).filter(([key]) => !keys.includes(key)),
      ...given.filter(([key]) => keys.includes(key)),
    ]);
    checkSecret(settings);
    for (const [alias, number] of Object.entries(settings.versionAliases ?? {})) {
      if (!secret.versions[Number(number) - 1]) {
        throw invalid(`version_aliases: '${alias}' names version ${number}, which does not exist.`);
      }
    }
    secret.settings = settings;
    secret.etag = this.nextEtag();
    return secret;
  }

  delete(id: string, etag: string | undefined): void {
    this.checkEtag(`Secret [${this.name(id)}]`, this.get(id).etag, etag);
    this.secrets.delete(id);
    this.policies.remove(this.policyKey(id));
  }

  addVersion(id: string, data: Buffer, checksum: string | undefined): Version {
    const secret = this.get(id);
    if (data.length === 0) throw invalid("Secret Payload cannot be empty.");
    if (data.length > PAYLOAD_LIMIT) {
      throw invalid(
        `Secret Payload is too large: ${data.length} bytes, at most ${PAYLOAD_LIMIT} are allowed.`,
      );
    }
    if (checksum !== undefined && checksum !== String(crc32c(data))) {
      throw invalid("The data_crc32c provided does not match the checksum of the payload.");
    }
    const version: Version = {
      number: secret.versions.length + 1,
      createTime: new Date().toISOString(),
      checksumGiven: checksum !== undefined,
      state: "ENABLED",
      etag: this.nextEtag(),
      data,
    };
    secret.versions.push(version);
    return version;
  }

  /** A version by number, by alias or as `latest`. */
  version(id: string, which: string): Version {
    const secret = this.get(id);
    const alias = secret.settings.versionAliases?.[which];
    if (which === "latest") {
      const latest = secret.versions.at(-1);
      if (latest) return latest;
      throw notFound(`Secret [${this.name(id)}] not found or has no versions.`);
    }
    const version = secret.versions[Number(alias ?? which) - 1];
    if (!version) throw notFound(`Secret Version [${this.name(id, which)}] not found.`);
    return version;
  }

  /** Enables, disables or destroys. A destroyed version never comes back; anything else may be repeated. */
  move(id: string, which: string, to: VersionState, etag: string | undefined): Version {
    const version = this.version(id, which);
    const called = `Secret Version [${this.name(id, version.number)}]`;
    this.checkEtag(called, version.etag, etag);
    if (version.state === "DESTROYED") throw precondition(`${called} is in DESTROYED state.`);
    const delay = this.get(id).settings.versionDestroyTtl;
    delete version.scheduledDestroyTime;
    if (to === "DESTROYED" && delay !== undefined) {
      version.state = "DISABLED";
      version.scheduledDestroyTime = later(delay);
    } else {
      version.state = to;
    }
    if (version.state === "DESTROYED") {
      version.destroyTime = new Date().toISOString();
      delete version.data;
    }
    version.etag = this.nextEtag();
    return version;
  }

  /** The value of a version; 400 FAILED_PRECONDITION unless it is enabled. */
  access(id: string, which: string): { version: Version; data: Buffer } {
    const version = this.version(id, which);
    if (version.state !== "ENABLED" || version.data === undefined) {
      throw precondition(
        `Secret Version [${this.name(id, version.number)}] is in ${version.state} state.`,
      );
    }
    return { version, data: version.data };
  }

  /** Like `access`, after asking IAM whether the member may: 403 otherwise, whether or not the secret exists. */
  accessAs(id: string, which: string, member: string): { version: Version; data: Buffer } {
    const permission = "secretmanager.versions.access";
    if (!this.policies.allows(member, permission, this.policyKey(id))) {
      throw denied(
        `Permission '${permission}' denied for resource '${this.name(id, which)}' (or it may not exist).`,
      );
    }
    return this.access(id, which);
  }

  private lookup(id: string): Secret | undefined {
    const secret = this.secrets.get(id);
    const expiry = secret?.settings.expireTime;
    if (secret && expiry !== undefined && Date.parse(expiry) <= Date.now()) {
      this.delete(id, undefined);
      return undefined;
    }
    return secret;
  }

  private checkEtag(called: string, current: string, given: string | undefined): void {
    if (given === undefined || given === "" || given === current) return;
    throw precondition(
      `${called}: the etag provided does not match its current etag. Read it again and retry.`,
    );
  }

  private nextEtag(): string {
    return `"${(Date.now() * 4096 + (++this.changes % 4096)).toString(16)}"`;
  }
}

const OUTSIDE_SETTINGS = ["name", "createTime", "replication", "etag", "ttl"];

function settingsOf(input: SecretInput): Secret["settings"] {
  const settings = Object.fromEntries(
    Object.entries(input).filter(([field]) => !OUTSIDE_SETTINGS.includes(field)),
  );
  return input.ttl === undefined ? settings : { ...settings, expireTime: later(input.ttl) };
}

function later(duration: string): string {
  return new Date(Date.now() + Number.parseFloat(duration) * 1000).toISOString();
}
