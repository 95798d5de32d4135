import type { SecretClass, SecretDeclaration } from "./inventory";

/** The periods there are, in days: how old an active generation may become. No class has the shortest: it is staging's of those with 30. */
export const PERIODS = [14, 30, 60, 90, 180] as const;
/** One of the periods, in days. */
export type Period = (typeof PERIODS)[number];

/**
 * How old the active generation of each class may become in production, in days. What opens a door directly is renewed most often;
 * what costs a migration or asks people to subscribe again, least often. A declaration's `periodDays` overrides it.
 */
export const CLASS_PERIODS: Readonly<Record<SecretClass, Period>> = {
  "database-credential": 30,
  "provider-credential": 60,
  password: 90,
  token: 90,
  "admin-password": 90,
  "external-key": 90,
  "session-secret": 90,
  "jwt-key": 90,
  "webhook-secret": 90,
  "api-key-pair": 90,
  keyring: 180,
  "backup-key": 180,
  "vapid-pair": 180,
};

/**
 * Days that the active generation of a secret may be in use in an environment. Production counts as declared, and so does every
 * environment that is not known; staging takes the next shorter period, so that a rotation is tried there before it is due in
 * production; dev, whose secrets are for tests, the longest.
 */
export function periodOf(
  secret: Pick<SecretDeclaration, "class" | "periodDays">,
  environment: string,
): number {
  if (environment === "dev") return PERIODS[PERIODS.length - 1] as Period;
  const days = secret.periodDays ?? CLASS_PERIODS[secret.class];
  return environment === "staging" ? shorter(days) : days;
}

function shorter(days: number): number {
  return PERIODS.filter((period) => period < days).at(-1) ?? days;
}
