import type { Schema } from "../database";

/** What project keeps: users, mailboxes whose tokens are encrypted, and subscriptions to push messages. */
export const PROJECT: Schema = {
  application: "project",
  migrations: `
    CREATE TABLE IF NOT EXISTS users (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      email text NOT NULL UNIQUE,
      password_hash text NOT NULL,
      is_superuser boolean NOT NULL DEFAULT false,
      is_active boolean NOT NULL DEFAULT true,
      password_reset_required boolean NOT NULL DEFAULT false
    );
    CREATE TABLE IF NOT EXISTS email_connections (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      account_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      address text NOT NULL,
      encrypted_access_token text,
      encrypted_refresh_token text,
      encryption_key_version integer
    );
    CREATE TABLE IF NOT EXISTS push_subscriptions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      endpoint text NOT NULL UNIQUE,
      vapid_public_key text NOT NULL
    );
  `,
};
