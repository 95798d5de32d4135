/** Service accounts and their keys. A private half is made here, given once to the caller, and kept nowhere. */
import { generateKeyPair, randomBytes, randomInt } from "node:crypto";
import { promisify } from "node:util";

import { alreadyExists, invalid, notFound, precondition } from "./errors";
import { selfSigned } from "./x509";

/** Most user-managed keys of one account. */
export const KEY_LIMIT = 10;

/** Names, in the form of answers, that any valid date of the fake stands before. */
const NEVER = "9999-12-31T23:59:59Z";

/** A key without its private half. */
export interface AccountKey {
  /** 40 hexadecimal digits. */
  readonly id: string;
  readonly type: "USER_MANAGED" | "SYSTEM_MANAGED";
  readonly origin: "GOOGLE_PROVIDED" | "USER_PROVIDED";
  readonly algorithm: "KEY_ALG_RSA_1024" | "KEY_ALG_RSA_2048";
  readonly validAfter: string;
  readonly validBefore: string;
  /** PEM certificate (X.509) and PEM public key. */
  readonly certificate: string;
  readonly publicKey: string;
  disabled: boolean;
}

/** A service account. */
export interface Account {
  readonly email: string;
  readonly uniqueId: string;
  displayName: string;
  description: string;
  disabled: boolean;
  etag: string;
  readonly keys: AccountKey[];
}

/** All service accounts of the project. Methods throw what the real service answers. */
export class AccountStore {
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly project: string) {}

  /** Oldest first. */
  list(): Account[] {
    return [...this.accounts.values()];
  }

  create(accountId: string, fields: { displayName?: string; description?: string }): Account {
    if (!/^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/.test(accountId)) {
      throw invalid(
        "Account ids have 6 to 30 lowercase letters, digits and hyphens, beginning with a letter and not ending with a hyphen.",
      );
    }
    checkFields(fields);
    const email = `${accountId}@${this.project}.iam.gserviceaccount.com`;
    if (this.accounts.has(email)) {
      throw alreadyExists(
        `Service account ${accountId} already exists within project projects/${this.project}.`,
      );
    }
    const account: Account = {
      email,
      uniqueId: `1${Array.from({ length: 20 }, () => randomInt(10)).join("")}`,
      displayName: fields.displayName ?? "",
      description: fields.description ?? "",
      disabled: false,
      etag: nextEtag(),
      keys: [],
    };
    this.accounts.set(email, account);
    return account;
  }

  /** An account by email or unique id, or `undefined`. */
  find(emailOrId: string): Account | undefined {
    return (
      this.accounts.get(emailOrId) ?? this.list().find((account) => account.uniqueId === emailOrId)
    );
  }

  /** An account by email or unique id; 404. */
  get(emailOrId: string): Account {
    const account = this.find(emailOrId);
    if (account) return account;
    throw notFound(
      `Service account projects/${this.project}/serviceAccounts/${emailOrId} does not exist.`,
    );
  }

  /** False for an email of this project that no account has; accounts of other projects are taken as existing. */
  exists(email: string): boolean {
    return !email.endsWith(`@${this.project}.iam.gserviceaccount.com`) || this.accounts.has(email);
  }

  patch(account: Account, fields: { displayName?: string; description?: string }): void {
    checkFields(fields);
    Object.assign(account, fields, { etag: nextEtag() });
  }

  delete(account: Account): void {
    this.accounts.delete(account.email);
  }

  /** Makes a key pair; the private half is in the answer only. Throws 400 for an eleventh user-managed key. */
  async createKey(
    account: Account,
    algorithm: AccountKey["algorithm"],
    type: AccountKey["type"] = "USER_MANAGED",
  ): Promise<{ key: AccountKey; privateKey: string }> {
    this.checkRoom(account, type);
    const pair = await promisify(generateKeyPair)("rsa", {
      modulusLength: algorithm === "KEY_ALG_RSA_1024" ? 1024 : 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const from = new Date(Math.floor(Date.now() / 1000) * 1000);
    const to = new Date(from.getTime() + (type === "SYSTEM_MANAGED" ? 16 : 3650) * 86_400_000);
    const key: AccountKey = {
      id: randomBytes(20).toString("hex"),
      type,
      origin: "GOOGLE_PROVIDED",
      algorithm,
      validAfter: seconds(from),
      validBefore: type === "SYSTEM_MANAGED" ? seconds(to) : NEVER,
      certificate: selfSigned(pair.privateKey, account.uniqueId, from, to),
      publicKey: pair.publicKey,
      disabled: false,
    };
    // Asked again: another key may have been made while this one was.
    this.checkRoom(account, type);
    account.keys.push(key);
    return { key, privateKey: pair.privateKey };
  }

  /** A key by id; 404. */
  key(account: Account, id: string): AccountKey {
    const key = account.keys.find((candidate) => candidate.id === id);
    if (key) return key;
    throw notFound(`Service account key ${id} does not exist.`);
  }

  /** Deletes a user-managed key; 400 for a system-managed one. */
  deleteKey(account: Account, id: string): void {
    const key = this.key(account, id);
    if (key.type === "SYSTEM_MANAGED") throw invalid("System-managed keys cannot be deleted.");
    account.keys.splice(account.keys.indexOf(key), 1);
  }

  private checkRoom(account: Account, type: AccountKey["type"]): void {
    const taken = account.keys.filter((key) => key.type === "USER_MANAGED").length;
    if (type === "USER_MANAGED" && taken >= KEY_LIMIT) {
      throw precondition(
        `Precondition check failed: the service account has ${taken} keys, at most ${KEY_LIMIT} are allowed.`,
      );
    }
  }
}

function checkFields(fields: { displayName?: string; description?: string }): void {
  if ((fields.displayName ?? "").length > 100) {
    throw invalid("display_name may have at most 100 characters.");
  }
  if ((fields.description ?? "").length > 256) {
    throw invalid("description may have at most 256 characters.");
  }
}

function nextEtag(): string {
  return `MDEw${randomBytes(6).toString("base64url")}`;
}

function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+/, "");
}
