import * as pulumi from "@pulumi/pulumi";
import { CredentialGeneration, SecretGeneration, isAdopted } from "../generations";
import { GeneratedSecretArgs, generate } from "./random-text";

/** Arguments of {@link DatabaseCredential}. */
export interface DatabaseCredentialArgs extends GeneratedSecretArgs {
  /** The users' common name: slot a logs in as `<user>_a`, slot b as `<user>_b`. */
  readonly user: string;
  /**
   * `alternating` (unless set): two users that take turns; no interruption. `single`: one user whose password changes with the
   * activation; log-ins with the old password fail from then until the last client has the new one.
   */
  readonly users?: "alternating" | "single";
}

/** Letters and digits only: the value passes through connection strings. 40 of them hold 238 bits. */
const SHAPE = { length: 40, special: false, minLower: 1, minUpper: 1, minNumeric: 1 };

/**
 * A database user's name and password, which travel as one unit. Two users take turns: a rotation prepares the idle one while the
 * other works. Neither owns objects (a no-login role does), so a retired user can always be dropped.
 */
export class DatabaseCredential extends pulumi.ComponentResource {
  /** The live generations with user names and values, lowest first. */
  readonly generations: readonly CredentialGeneration[];
  /** Whether each generation has a user of its own. */
  readonly users: "alternating" | "single";

  constructor(name: string, args: DatabaseCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:DatabaseCredential", name, {}, opts);
    this.users = args.users ?? "alternating";
    this.generations = generate(name, args, SHAPE, this).map((live) => ({
      ...live,
      username: username(live, args),
    }));
    this.registerOutputs({ usernames: this.generations.map((live) => live.username) });
  }
}

function username(
  live: SecretGeneration,
  { user, users, adopted }: DatabaseCredentialArgs,
): string {
  if (users === "single") return adopted?.username ?? user;
  if (isAdopted(live, adopted) && adopted?.username !== undefined) return adopted.username;
  return `${user}_${live.slot}`;
}
