import * as pulumi from "@pulumi/pulumi";
import { Role, RoleArgs } from "@pulumi/postgresql/role";
import { CredentialGeneration, activeOf, guarded } from "../generations";
import { PostgresAdmin } from "./postgres-admin";
import { groupGrants } from "./postgres-grants";
import { orphanHook } from "./postgres-orphans";
import { retirementHook } from "./postgres-retirement";
import { verifierOf } from "./postgres-verifier";

/** Arguments of {@link PostgresRoles}. */
export interface PostgresRolesArgs {
  readonly database: string;
  /** The schema with the application's objects; `public` unless set. */
  readonly schema?: string;
  /** The live generations of a database credential. */
  readonly generations: readonly CredentialGeneration[];
  /**
   * As the credential says. `alternating`: two users that take turns, and nothing is interrupted. `single`: one user whose password changes
   * with the activation; log-ins with the old password fail from then until the last client has the new one, and open
   * connections go on.
   */
  readonly users: "alternating" | "single";
  /** The no-login role that owns the objects. Default privileges are set for what it makes from now on. */
  readonly ownerRole: string;
  /** True to make the owner role here; otherwise it must exist. */
  readonly createOwner?: boolean;
  /** The no-login role that holds the grants, made here: `CONNECT`, `USAGE`, and reading and writing of tables and sequences. */
  readonly groupRole: string;
  /** True for an application that changes its own tables: its users become members of the owner role and act as it from log-in on. */
  readonly actAsOwner?: boolean;
  /** When the server itself refuses log-ins of what is in grace, UTC, ISO 8601: `graceEnds` of the record. Open connections go on. */
  readonly graceEnds?: string;
  /** The administrator's connection, with which a retirement ends connections and takes rights away. */
  readonly admin: PostgresAdmin;
  /** Seconds that a retired user's connections have to end by themselves; 30 unless set, 0 in an emergency. */
  readonly drainSeconds?: number;
  /** Runs before a retired user loses anything and holds its retirement back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/**
 * The PostgreSQL users of a credential, one a live slot. A rotation makes the idle user; retirement ends its connections and drops it,
 * whatever it owns or was granted. The server learns SCRAM verifiers only, never a password. Rights hang on a group that no rotation
 * touches.
 */
export class PostgresRoles extends pulumi.ComponentResource {
  /** The names of the users that can log in. */
  readonly usernames: readonly string[];

  constructor(name: string, args: PostgresRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:PostgresRoles", name, {}, opts);
    const { ownerRole, admin, drainSeconds = 30 } = args;
    const cleared = orphanHook(name, admin);
    const retired = retirementHook(name, { admin, ownerRole, drainSeconds });
    const standing = { parent: this, hooks: { beforeCreate: [cleared] } };
    const owner = args.createOwner
      ? new Role(`${name}-owner`, { name: ownerRole, login: false }, standing)
      : undefined;
    const group = new Role(`${name}-group`, { name: args.groupRole, login: false }, standing);
    const { database, schema = "public" } = args;
    const grants = groupGrants(
      name,
      { database, schema, group: group.name, owner: owner?.name ?? ownerRole },
      this,
    );
    const beforeDelete = [...(args.beforeRetirement ? [args.beforeRetirement] : []), retired];
    const hooks = { beforeCreate: [cleared], beforeDelete };
    const accepted = args.users === "single" ? [activeOf(args.generations)] : args.generations;
    for (const live of accepted)
      new Role(
        `${name}-${args.users === "single" ? "user" : live.slot}`,
        loginRole(live, args, [group.name, ...(args.actAsOwner ? [owner?.name ?? ownerRole] : [])]),
        // Whoever logs in finds the rights there already.
        guarded(live, { parent: this, hooks, dependsOn: grants, ...taken(live) }),
      );
    this.usernames = accepted.map((live) => live.username);
    this.registerOutputs({ usernames: this.usernames });
  }
}

function loginRole(
  live: CredentialGeneration,
  { actAsOwner, ownerRole, graceEnds, users }: PostgresRolesArgs,
  roles: pulumi.Input<string>[],
): RoleArgs {
  const ends = live.state === "grace" && users === "alternating" ? graceEnds : undefined;
  return {
    name: live.username,
    login: true,
    roles,
    ...(actAsOwner ? { assumeRole: ownerRole } : {}),
    ...(live.value ? { password: verifierOf(live) } : {}),
    ...(ends === undefined ? {} : { validUntil: serverTime(ends) }),
  };
}

/** A user that is taken over keeps its password and attributes; only the end of its grace is set. */
function taken(live: CredentialGeneration): pulumi.CustomResourceOptions {
  if (live.storeVersion === undefined) return {};
  const kept = live.state === "grace" ? ADOPTED : [...ADOPTED, "validUntil"];
  return { import: live.username, ignoreChanges: kept };
}

/** What is left as it was found on a user that is taken over. */
const ADOPTED = [
  "password",
  "roles",
  "assumeRole",
  "bypassRowLevelSecurity",
  "connectionLimit",
  "createDatabase",
  "createRole",
  "idleInTransactionSessionTimeout",
  "inherit",
  "replication",
  "searchPaths",
  "statementTimeout",
  "superuser",
];

/** A time as a server whose time zone is UTC writes it: any other form would look like drift to every refresh. */
function serverTime(instant: string): string {
  return new Date(instant)
    .toISOString()
    .replace("T", " ")
    .replace(/\.?0*Z$/, "+00");
}
