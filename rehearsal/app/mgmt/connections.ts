/** Connected mailboxes of mgmt-vibe, whose OAuth tokens are kept encrypted with the keyring. */
import { createHash } from "node:crypto";
import type { Database } from "../database";
import { FernetError } from "../fernet";
import { HttpError } from "../http";
import type { FernetKeyring } from "../keyring";
import { log } from "../log";

/** What a provider gives for a mailbox. */
export interface OAuthTokens {
  readonly access: string;
  readonly refresh?: string | undefined;
}

/** A mailbox as handlers see one; without its tokens. */
export interface Connection {
  readonly id: number;
  readonly address: string;
  /** Version of the key that its tokens are under; null without tokens, and before the back-fill. */
  readonly encryption_key_version: number | null;
}

/** What reading a mailbox's tokens showed: digests, by which a caller who knows the token can tell that it is the same. */
export interface Checked {
  readonly id: number;
  readonly encryption_key_version: number | null;
  readonly access_token_sha256: string | null;
  readonly refresh_token_sha256: string | null;
}

const COLUMNS = "id::float8 AS id, address, encryption_key_version";
const SHOWN = 20;

/** The mailboxes of all accounts; every operation is on those of one. */
export class Connections {
  constructor(
    private readonly database: Database,
    private readonly keyring: FernetKeyring,
  ) {}

  /** Adds a mailbox with its tokens, under the active key. */
  async add(account: number, address: string, tokens: OAuthTokens): Promise<Connection> {
    const [made] = await this.database.rows<Connection>(
      `INSERT INTO email_connections
         (account_id, address, encrypted_access_token, encrypted_refresh_token, encryption_key_version)
       VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
      [account, address, ...this.encrypted(tokens)],
    );
    return made as Connection;
  }

  /** Replaces a mailbox's tokens, under the active key; 404 for another account's. */
  async replace(account: number, id: number, tokens: OAuthTokens): Promise<Connection> {
    const [changed] = await this.database.rows<Connection>(
      `UPDATE email_connections SET encrypted_access_token = $3, encrypted_refresh_token = $4,
         encryption_key_version = $5 WHERE id = $2 AND account_id = $1 RETURNING ${COLUMNS}`,
      [account, id, ...this.encrypted(tokens)],
    );
    if (changed === undefined) throw new HttpError(404, "Not Found");
    return changed;
  }

  /** The newest mailboxes, at most 20. */
  list(account: number): Promise<Connection[]> {
    return this.database.rows<Connection>(
      `SELECT ${COLUMNS} FROM email_connections WHERE account_id = $1 ORDER BY id DESC LIMIT $2`,
      [account, SHOWN],
    );
  }

  /** Decrypts a mailbox's tokens; 404 for another account's, 500 `decryption_failed` when no key of the keyring opens one. */
  async check(account: number, id: number): Promise<Checked> {
    const [row] = await this.database.rows<
      Connection & Record<"encrypted_access_token" | "encrypted_refresh_token", string | null>
    >(
      `SELECT ${COLUMNS}, encrypted_access_token, encrypted_refresh_token
       FROM email_connections WHERE id = $2 AND account_id = $1`,
      [account, id],
    );
    if (row === undefined) throw new HttpError(404, "Not Found");
    try {
      return {
        id,
        encryption_key_version: row.encryption_key_version,
        access_token_sha256: this.digest(row.encrypted_access_token),
        refresh_token_sha256: this.digest(row.encrypted_refresh_token),
      };
    } catch (error) {
      if (!(error instanceof FernetError)) throw error;
      log("ERROR", "decryption failed", { connection: id, version: row.encryption_key_version });
      throw new HttpError(500, "The tokens cannot be decrypted", "decryption_failed");
    }
  }

  private encrypted({ access, refresh }: OAuthTokens): [string, string | null, number] {
    const { text, version } = this.keyring.encrypt(access);
    return [text, refresh === undefined ? null : this.keyring.encrypt(refresh).text, version];
  }

  private digest(ciphertext: string | null): string | null {
    if (ciphertext === null) return null;
    return createHash("sha256").update(this.keyring.decrypt(ciphertext)).digest("hex");
  }
}
