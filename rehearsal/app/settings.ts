/** Settings of the application, all from environment variables. Errors name the variable and what is allowed, never its value. */

/** Environment variables. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How to reach the database. */
export interface DatabaseSettings {
  /** Host name, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Role that every session takes on, so that whatever it creates belongs to that role and not to the user, who changes. */
  readonly ownerRole: string;
}

/** Keys of the sessions' signatures. */
export interface SigningSettings {
  /** Signs new tokens. */
  readonly active: Uint8Array;
  /** Every key that a token may be signed with, the active one first. */
  readonly accepted: readonly Uint8Array[];
}

/** A variable that must be there and not empty. */
export function required(env: Env, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw new Error(`environment variable ${name} is missing: set it to a text that is not empty`);
  }
  return value;
}

/** A variable that must be one of `allowed`. */
export function choice<T extends string>(env: Env, name: string, allowed: readonly T[]): T {
  const value = required(env, name);
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw new Error(`environment variable ${name} must be one of: ${allowed.join(", ")}`);
  }
  return found;
}

/** `PORT`, as Cloud Run gives it; 0 takes any free one. */
export function port(env: Env): number {
  const value = Number(required(env, "PORT"));
  if (!Number.isInteger(value) || value < 0 || value > 65535) {
    throw new Error("environment variable PORT must be an integer from 0 to 65535");
  }
  return value;
}

/** `POSTGRES_SERVER` (`host`, `host:port` or a socket folder), `_DB`, `_USER`, `_PASSWORD` and `_OWNER_ROLE`. */
export function databaseSettings(env: Env): DatabaseSettings {
  const server = required(env, "POSTGRES_SERVER");
  const [host = "", port = "5432"] = server.startsWith("/") ? [server] : server.split(":");
  const ownerRole = required(env, "POSTGRES_OWNER_ROLE");
  // The name goes into the session's start-up options, where spaces would start another option.
  if (!/^[a-z_][a-z0-9_]*$/.test(ownerRole)) {
    throw new Error(
      "environment variable POSTGRES_OWNER_ROLE must be lower-case letters, digits and underscores",
    );
  }
  if (host === "" || !/^\d+$/.test(port)) {
    throw new Error(
      "environment variable POSTGRES_SERVER must be host:port or the folder of a Unix socket",
    );
  }
  return {
    host,
    port: Number(port),
    database: required(env, "POSTGRES_DB"),
    user: required(env, "POSTGRES_USER"),
    password: required(env, "POSTGRES_PASSWORD"),
    ownerRole,
  };
}

/**
 * Every live value of a secret: `NAME` (the active one) first, then `NAME_PREVIOUS` and every `NAME_ACCEPTED_<slot>` that is set, each
 * value once. What one of them signed is accepted; what any other signed is not.
 */
export function accepted(env: Env, name: string): string[] {
  const active = required(env, name);
  const slots = new RegExp(`^${name}_(PREVIOUS|ACCEPTED_[A-Z0-9]+)$`);
  const others = Object.keys(env)
    .filter((one) => slots.test(one))
    .sort()
    .map((one) => required(env, one));
  return [...new Set([active, ...others])];
}

/** The secret `name` (default `SECRET_KEY`) signs; it and every other live value of it verify, see {@link accepted}. */
export function signingSettings(env: Env, name = "SECRET_KEY"): SigningSettings {
  const keys = accepted(env, name).map((key) => new TextEncoder().encode(key));
  return { active: keys[0] as Uint8Array, accepted: keys };
}

/** A variable with the address of a service: `http:` or `https:`, without credentials; answered without a slash at the end. */
export function address(env: Env, name: string): string {
  const value = required(env, name);
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username + url.password !== "") {
    throw new Error(
      `environment variable ${name} must be an http or https address without credentials in it`,
    );
  }
  return value.replace(/\/+$/, "");
}
