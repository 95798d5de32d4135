import type { Schema } from "./database";

/** What the control panel (modes `api` and `seed-admin`) keeps: users and their items. */
export const CAPANEL: Schema = {
  application: "capanel",
  migrations: `
    CREATE TABLE IF NOT EXISTS users (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      email text NOT NULL UNIQUE,
      password_hash text NOT NULL,
      is_superuser boolean NOT NULL DEFAULT false,
      is_active boolean NOT NULL DEFAULT true,
      password_reset_required boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS items (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      owner_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      title text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX IF NOT EXISTS items_of_owner ON items (owner_id, id DESC);
  `,
};
