import type { Schema } from "../database";

/** What proxpanel keeps: administrators, their sessions (named as its runbook names them), webhook events, push subscriptions, its audit log. */
export const PANEL: Schema = {
  application: "proxpanel",
  migrations: `
    CREATE TABLE IF NOT EXISTS panel_users (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      username text NOT NULL UNIQUE,
      password_hash text NOT NULL
    );
    CREATE TABLE IF NOT EXISTS "AuthSession" (
      id uuid PRIMARY KEY,
      "userId" bigint NOT NULL REFERENCES panel_users (id) ON DELETE CASCADE,
      "createdAt" timestamptz NOT NULL DEFAULT now(),
      "expiresAt" timestamptz NOT NULL
    );
    CREATE TABLE IF NOT EXISTS webhook_events (
      provider text NOT NULL,
      event_id text NOT NULL,
      type text NOT NULL,
      received_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (provider, event_id)
    );
    CREATE TABLE IF NOT EXISTS push_subscriptions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      endpoint text NOT NULL UNIQUE,
      vapid_public_key text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS audit_logs (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT now(),
      actor text NOT NULL,
      action text NOT NULL
    );
  `,
};
