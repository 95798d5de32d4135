import { configurePostgresql, type Postgresql, postgresqlConfig } from "./postgresql/config";
import { defaultPrivileges } from "./postgresql/default-privileges";
import { grant } from "./postgresql/grant";
import { grantRole } from "./postgresql/grant-role";
import { role } from "./postgresql/role";
import type { Provider } from "./protocol/resource";

/**
 * Stands in for the official postgresql provider in a rehearsal, for roles and their rights. It speaks to a real PostgreSQL and refuses
 * every server that is not on this machine.
 */
export const postgresqlProvider: Provider<Postgresql> = {
  name: "postgresql",
  version: "3.18.1",
  config: postgresqlConfig,
  configure: configurePostgresql,
  resources: [role, grant, grantRole, defaultPrivileges],
};
