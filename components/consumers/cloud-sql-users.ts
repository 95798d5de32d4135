import * as pulumi from "@pulumi/pulumi";
import { User } from "@pulumi/gcp/sql";
import { CredentialGeneration, activeOf, guarded } from "../generations";

/** Arguments of {@link CloudSqlUsers}. */
export interface CloudSqlUsersArgs {
  readonly project: string;
  /** The Cloud SQL instance's name. */
  readonly instance: string;
  /** The live generations of a database credential. */
  readonly generations: readonly CredentialGeneration[];
  /** Whether each generation has a user of its own; as the credential says. */
  readonly users: "alternating" | "single";
  /** The no-login role that owns the objects and holds the grants; every user is a member. It must exist. */
  readonly ownerRole: string;
  /** Runs before a retired user is dropped and holds it back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/**
 * The database users of a credential, one a live slot: a rotation creates the idle user, and retirement drops the old one after
 * everything else in the update succeeded. With `single` one user's password changes in place when a generation is activated.
 */
export class CloudSqlUsers extends pulumi.ComponentResource {
  /** The names of the users that can log in. */
  readonly usernames: readonly string[];

  constructor(name: string, args: CloudSqlUsersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:CloudSqlUsers", name, {}, opts);
    const accepted = args.users === "single" ? [activeOf(args.generations)] : args.generations;
    accepted.forEach((live) => databaseUser(name, live, args, this));
    this.usernames = accepted.map((live) => live.username);
    this.registerOutputs({ usernames: this.usernames });
  }
}

function databaseUser(
  name: string,
  live: CredentialGeneration,
  args: CloudSqlUsersArgs,
  parent: pulumi.Resource,
): User {
  const { project, instance, ownerRole, beforeRetirement } = args;
  const suffix = args.users === "single" ? "user" : live.slot;
  const opts: pulumi.CustomResourceOptions = {
    parent,
    ...(beforeRetirement ? { hooks: { beforeDelete: [beforeRetirement] } } : {}),
  };
  const found = live.storeVersion !== undefined;
  return new User(
    `${name}-${suffix}`,
    {
      project,
      instance,
      name: live.username,
      ...(found ? {} : { password: live.value, databaseRoles: [ownerRole] }),
    },
    guarded(
      live,
      found
        ? { ...opts, import: `${project}/${instance}/${live.username}`, ignoreChanges: ADOPTED }
        : opts,
    ),
  );
}

/** What is left as it was found on a user that is taken over. */
const ADOPTED = ["password", "databaseRoles", "type", "host", "passwordPolicy", "deletionPolicy"];
