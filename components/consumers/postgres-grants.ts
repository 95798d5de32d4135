import * as pulumi from "@pulumi/pulumi";
import { DefaultPrivileges } from "@pulumi/postgresql/defaultPrivileges";
import { Grant } from "@pulumi/postgresql/grant";

/** Where the group's rights hold. */
export interface GroupGrantsArgs {
  readonly database: string;
  readonly schema: string;
  /** The no-login role that gets them. */
  readonly group: pulumi.Input<string>;
  /** The no-login role whose future objects they cover. */
  readonly owner: pulumi.Input<string>;
}

const TABLE = ["SELECT", "INSERT", "UPDATE", "DELETE"];
const SEQUENCE = ["USAGE", "SELECT", "UPDATE"];

/**
 * The rights of an application on its schema: on what is there by grants, on what the owner will make by default privileges, since
 * a grant alone covers nothing that comes after it.
 */
export function groupGrants(
  name: string,
  { database, schema, group: role, owner }: GroupGrantsArgs,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const grant = (suffix: string, objectType: string, privileges: string[], place = {}) =>
    new Grant(
      `${name}-${suffix}`,
      { role, database, ...place, objectType, privileges },
      { parent },
    );
  const future = (suffix: string, objectType: string, privileges: string[]) =>
    new DefaultPrivileges(
      `${name}-future-${suffix}`,
      { role, database, schema, owner, objectType, privileges },
      { parent },
    );
  return [
    grant("connect", "database", ["CONNECT"]),
    grant("usage", "schema", ["USAGE"], { schema }),
    grant("tables", "table", TABLE, { schema }),
    grant("sequences", "sequence", SEQUENCE, { schema }),
    future("tables", "table", TABLE),
    future("sequences", "sequence", SEQUENCE),
  ];
}
