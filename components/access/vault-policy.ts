import { ConfigurationError } from "../errors";

/** A secret's path in a KV v2 engine. */
export interface VaultPath {
  /** The engine's path; `secret` unless set. */
  readonly mount?: string;
  /** The path in it, for example `project/prod/jwt-secret`. */
  readonly path: string;
}

/** What a role of a log-in method is told, whichever method that is. */
export interface VaultRoleArgs {
  /** The role's and its policy's name in Vault. */
  readonly roleName: string;
  /** Exactly the secrets that it reads. */
  readonly reads: readonly VaultPath[];
  /** `metadata` for watchers, who see generations and times and no value; `values` unless set. */
  readonly sees?: "values" | "metadata";
  /** Seconds that a token lives unless it is renewed; 3,600 unless set. */
  readonly tokenTtl?: number;
  /** Seconds after which no renewal helps; four hours unless set, 32 days at most. */
  readonly tokenMaxTtl?: number;
  /** The networks, such as `192.0.2.0/24`, that it may log in and read from; anywhere unless set. */
  readonly cidrs?: readonly string[];
  /** The log-in method's path; the method's own name unless set. */
  readonly backend?: string;
}

const TTL = 3600;
const MAX_TTL = 4 * 3600;
const LONGEST_TTL = 32 * 24 * 3600;
const NAME = /^[a-z0-9][a-z0-9_-]*$/;
const PATH = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;

/**
 * The text of a policy that reads exactly these secrets and lists nothing.
 *
 * @throws ConfigurationError for a path that could stand for more than one secret.
 */
export function readPolicy({ roleName, reads, sees = "values" }: VaultRoleArgs): string {
  if (reads.length === 0)
    throw refused(roleName, "reads", "names no secret", "one path or more", "remove the role");
  const branch = sees === "values" ? "data" : "metadata";
  return reads
    .map(({ mount = "secret", path }) => {
      if (!PATH.test(mount) || !PATH.test(path))
        throw refused(
          roleName,
          "reads",
          `has ${JSON.stringify(`${mount}/${path}`)}, which is no single secret's path`,
          "letters, digits, `_`, `.`, `-` and `/`, without `*` or `+`",
          "name each secret that the service reads",
        );
      return `path "${mount}/${branch}/${path}" {\n  capabilities = ["read"]\n}\n`;
    })
    .join("\n");
}

/**
 * The bounds of the tokens that a role gives, in the provider's words.
 *
 * @throws ConfigurationError for a life without bound, or one longer than 32 days.
 */
export function tokenBounds(args: VaultRoleArgs, policy: string) {
  const { roleName, tokenTtl = TTL, tokenMaxTtl = MAX_TTL, cidrs } = args;
  if (!NAME.test(roleName) || roleName === "root" || roleName === "default")
    throw refused(
      roleName,
      "roleName",
      "is no name for a role of one's own",
      "lower-case letters, digits, `_` and `-`; not `root` or `default`",
      "name the role after the service that logs in",
    );
  const whole = Number.isInteger(tokenTtl) && Number.isInteger(tokenMaxTtl);
  if (!whole || tokenTtl < 1 || tokenTtl > tokenMaxTtl || tokenMaxTtl > LONGEST_TTL)
    throw refused(
      roleName,
      "tokenTtl and tokenMaxTtl",
      `are ${tokenTtl} and ${tokenMaxTtl} seconds`,
      `1 <= tokenTtl <= tokenMaxTtl <= ${LONGEST_TTL}`,
      "shorten them: a token is got anew by logging in",
    );
  return {
    tokenPolicies: [policy],
    tokenTtl,
    tokenMaxTtl,
    ...(cidrs === undefined ? {} : { tokenBoundCidrs: [...cidrs] }),
  };
}

function refused(
  role: string,
  input: string,
  problem: string,
  allowed: string,
  fix: string,
): ConfigurationError {
  return new ConfigurationError({ path: `Vault role ${role}: ${input}`, problem, allowed, fix });
}
