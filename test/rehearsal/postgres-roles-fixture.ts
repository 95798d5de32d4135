/** What the specs on PostgreSQL roles share: a real server with a log of every statement, and a project on the real engine. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Client } from "pg";
import {
  DatabaseCredential,
  PostgresAdmin,
  PostgresRoles,
  PostgresRolesArgs,
  RotationRecord,
} from "../../components";
import { startPostgres, type Postgres } from "../../rehearsal/clouds/postgres";
import { TestProject, type Told } from "./providers/project";

/** What the program declares, beside the record. */
export type Wanted = Partial<PostgresRolesArgs> & {
  /** False to declare the credential alone. */
  readonly declared?: boolean;
};

/** One server, one project. */
export class RolesStage {
  private constructor(
    readonly postgres: Postgres,
    readonly project: TestProject,
    private readonly dir: string,
  ) {}

  static async start(): Promise<RolesStage> {
    const dir = await mkdtemp(join(tmpdir(), "rekey-postgres-roles-"));
    const postgres = await startPostgres({ dir: join(dir, "postgres"), log: true });
    const project = await TestProject.create();
    const stage = new RolesStage(postgres, project, dir);
    const { host, port, adminUser: username, adminPassword } = postgres;
    const settings = { host, port: String(port), username, sslmode: "disable" };
    await project.configure(prefixed(settings), prefixed({ password: adminPassword }));
    await stage.sql("CREATE DATABASE app");
    return stage;
  }

  async remove(): Promise<void> {
    await this.project.remove();
    await this.postgres.remove();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The administrator's connection, as programs get it. */
  admin(): PostgresAdmin {
    const { host, port, adminUser: username, adminPassword } = this.postgres;
    const password = pulumi.secret(adminPassword);
    return { host, port, database: "postgres", username, password, sslmode: "disable" };
  }

  program(record: RotationRecord, { declared = true, ...wanted }: Wanted = {}) {
    return () => {
      const credential = new DatabaseCredential("db", {
        record,
        user: "app",
        ...(wanted.users ? { users: wanted.users } : {}),
      });
      if (declared)
        new PostgresRoles("db", {
          database: "app",
          generations: credential.generations,
          users: credential.users,
          ownerRole: "app_owner",
          createOwner: true,
          groupRole: "app_users",
          admin: this.admin(),
          drainSeconds: 2,
          ...(record.graceEnds === undefined ? {} : { graceEnds: record.graceEnds }),
          ...wanted,
        });
      return Promise.resolve(
        Object.fromEntries(credential.generations.map(({ slot, value }) => [slot, value])),
      );
    };
  }

  up(record: RotationRecord, wanted?: Wanted): Promise<Told> {
    return this.project.up(this.program(record, wanted));
  }

  preview(record: RotationRecord, wanted?: Wanted): Promise<Told> {
    return this.project.preview(this.program(record, wanted));
  }

  /** The password in a slot, after the last update. */
  async password(slot: string): Promise<string> {
    return String((await this.project.outputs())[slot]?.value);
  }

  /** An open connection, the administrator's unless `user` is named. The caller closes it. */
  async open(database: string, user?: string, password?: string): Promise<Client> {
    const { host, port, adminUser, adminPassword } = this.postgres;
    const client = new Client({
      ...{ host, port, database },
      user: user ?? adminUser,
      password: password ?? adminPassword,
    });
    // The server ends some of these on purpose.
    client.on("error", (error) => void (this.lastLost = error));
    await client.connect();
    return client;
  }

  /** How the last connection of this stage that the server ended was lost. */
  lastLost: Error | undefined;

  /** Runs one statement and closes the connection. */
  async sql<T>(statement: string, database = "postgres", user?: string, password?: string) {
    const client = await this.open(database, user, password);
    try {
      return (await client.query(statement)).rows as T[];
    } finally {
      await client.end();
    }
  }

  /** Who a log-in says it is; rejects as the server does. */
  async login(user: string, password: string): Promise<string | undefined> {
    const rows = await this.sql<{ me: string }>("SELECT current_user AS me", "app", user, password);
    return rows[0]?.me;
  }

  /** The names of the application's roles that the server has. */
  async roles(): Promise<string[]> {
    const rows = await this.sql<{ name: string }>(
      "SELECT rolname AS name FROM pg_roles WHERE rolname ~ '^app' ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  }

  log(): Promise<string> {
    return readFile(this.postgres.logFile, "utf8");
  }
}

function prefixed(settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`postgresql:${key}`, value]),
  );
}

/** Resolves after the server let go of the connection. */
export function ended(client: Client): Promise<void> {
  return new Promise((resolve) => client.once("end", () => resolve()));
}
