import { Slotted } from "./records";

/** The classes of secret. Each has a page in docs/ and a component in `components/secrets`. */
export const SECRET_CLASSES = [
  "password",
  "token",
  "database-credential",
  "admin-password",
  "external-key",
  "session-secret",
  "jwt-key",
  "webhook-secret",
  "vapid-pair",
  "keyring",
  "backup-key",
  "api-key-pair",
  "provider-credential",
] as const;
/** A class of secret: what it is, how it rotates and what a rotation interrupts. */
export type SecretClass = (typeof SECRET_CLASSES)[number];

/**
 * The issuers that can be asked whether they accept a key, before it is taken in; `bearer` stands for any other that answers a request
 * with a bearer token. What each is asked stands in `operator/issuers`.
 */
export const ISSUERS = [
  "proxmox",
  "stripe",
  "openai",
  "openrouter",
  "paystack",
  "flutterwave",
  "google-oauth",
  "strapi",
  "bearer",
] as const;
/** Who issues a key. */
export type Issuer = (typeof ISSUERS)[number];

/**
 * Who accepts what. `one`: the consumer knows a single value, and the previous one stays in its slot for the rollback only.
 * `many`: the consumer verifies with every live generation, the staged one included.
 */
export type Accepts = "one" | "many";

/** How much hangs on a secret, most first: the order in which a rotation by tier goes. */
export const TIERS = ["critical", "high", "medium", "optional"] as const;
/** See {@link TIERS}. */
export type Tier = (typeof TIERS)[number];

/** What a system declares of a secret before any value exists: plain data that programs, the operator's commands and plans share. */
export interface SecretDeclaration extends Slotted {
  /** The name that the record, the commands and the consumers' documents use, for example `SECRET_KEY`. */
  readonly name: string;
  readonly class: SecretClass;
  /** The system (a module of stacks/) that owns it. */
  readonly system: string;
  /**
   * The resource name of the component of its class in the program, such as `mgmt-vibe-session`. A plan finds the deployed generations
   * by it where no store has a version for each; unless set, it knows those from stores alone.
   */
  readonly component?: string;
  /** The target group it rotates with, for example `gcloud`. */
  readonly group: string;
  /** How much hangs on it, where its system ranks its secrets; `--tier` and the order of a rotation go by it. */
  readonly tier?: Tier;
  readonly accepts: Accepts;
  /** `generated` by a random resource or `external`: issued elsewhere and taken in by `rekey`. */
  readonly source: "generated" | "external";
  /** A generated secret whose generation 1 may be the value that runs already: `rekey intake` brings it in before the first update. */
  readonly takesOver?: boolean;
  /** Where its value is kept, as `<store>:<entry>`. */
  readonly stores: readonly string[];
  /** The kinds of those stores that get a value once its consumers have it, such as `vault-kv`; unless named, a store has it before them. */
  readonly publishedLast?: readonly string[];
  /** Who uses it, as `<kind>:<name>`. */
  readonly consumers: readonly string[];
  /** What a rotation interrupts when it is made as two updates: stage, then activate. */
  readonly interruption: string;
  /** What it interrupts when stage and activate go out in one update. */
  readonly interruptionInOneUpdate: string;
  /** True for a value that ends up in code that anybody can read, such as a browser bundle. */
  readonly public?: boolean;
  /** The environments that have it; every one unless set. */
  readonly environments?: readonly string[];
  /** Days that a generation may be active in production, where the class's own period (periods.ts) does not fit. */
  readonly periodDays?: number;
  /**
   * Hours that what was in use before stays accepted after an activation, unless that is told another time; then its retirement is due.
   * Unset where a person alone can tell, such as when no backup of a key's time is left.
   */
  readonly graceHours?: number;
  /** The named parts of a value that moves as one unit: its text is then a JSON object of exactly these. */
  readonly parts?: readonly string[];
  /** The roles of people who can read its value, such as `developer`; what a personnel change rotates. */
  readonly readers?: readonly string[];
  /** Who issues it, for a key that is issued elsewhere: its API is asked about a new value before that is taken in. */
  readonly issuer?: Issuer;
  /**
   * The entry in AWS Secrets Manager whose rotation function makes every generation after the first; the record stays at rest then, and
   * every move of it is refused. A stack's settings say so, never a system's inventory.
   */
  readonly rotatedByFunction?: string;
  /** Where a person revokes the old value, for a key that is issued elsewhere. Default: the issuer's page. */
  readonly issuerPage?: string;
}
