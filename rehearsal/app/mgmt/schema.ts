import type { Schema } from "../database";

/** What mgmt-vibe keeps: accounts, their sessions (by digest only) and mailboxes whose tokens are encrypted. */
export const MGMT: Schema = {
  application: "mgmt-vibe",
  migrations: `
    CREATE TABLE IF NOT EXISTS accounts (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      email text NOT NULL UNIQUE,
      password_hash text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS sessions (
      sid_digest text PRIMARY KEY,
      account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
      expires_at timestamptz NOT NULL
    );
    CREATE TABLE IF NOT EXISTS email_connections (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      account_id bigint REFERENCES accounts (id) ON DELETE CASCADE,
      address text NOT NULL,
      encrypted_access_token text,
      encrypted_refresh_token text,
      encryption_key_version integer,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX IF NOT EXISTS email_connections_of_account ON email_connections (account_id, id DESC);
  `,
};
