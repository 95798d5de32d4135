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
import { until } from "../../rehearsal/processes";
import { TestProject, type Told } from "./providers/project";

/** What the program declares, beside the record. */
export type Wanted = Partial<PostgresRolesArgs> & {
  /** False to declare the credential alone. */
  readonly declared?: boolean;
};

/** A server that logs every statement. */
export class RolesServer {
  protected constructor(
    readonly postgres: Postgres,
    private readonly dir: string,
  ) {}

  static async start(): Promise<RolesServer> {
    return new RolesServer(...(await started()));
  }

  async remove(): Promise<void> {
    await this.postgres.remove();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The administrator's connection, as programs get it. */
  admin(): PostgresAdmin {
    const { host, port, adminUser: username, adminPassword } = this.postgres;
    const password = pulumi.secret(adminPassword);
    return { host, port, database: "postgres", username, password, sslmode: "disable" };
  }

  /** An open connection, the administrator's unless `user` is named. The caller closes it. */
  async open(database: string, user?: string, password?: string): Promise<Client> {
    const { host, port, adminUser, adminPassword } = this.postgres;
    const client = new Client({
      ...{ host, port, database },
      user: user ?? adminUser,
      password: password ?? adminPassword,
    });
    // The server ends some of these on purpose, which must not end the test's process.
    client.on("error", (error) => (this.lastLost = error));
    await client.connect();
    return client;
  }

  /** How the server ended the last connection that it ended. */
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

  /** Resolves as soon as the server has no password for the user any more, which is where a retirement begins. */
  closed(user: string): Promise<void> {
    const statement = `SELECT FROM pg_authid WHERE rolname = '${user}' AND rolpassword IS NULL`;
    const condition = async () => (await this.sql(statement)).length === 1;
    return until(`${user} is still open`, condition, CLOSED_WITHIN_MS);
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

/** The same with a project on the real engine. */
export class RolesStage extends RolesServer {
  private constructor(
    postgres: Postgres,
    dir: string,
    readonly project: TestProject,
  ) {
    super(postgres, dir);
  }

  static override async start(): Promise<RolesStage> {
    const stage = new RolesStage(...(await started()), await TestProject.create());
    const { host, port, adminUser: username, adminPassword } = stage.postgres;
    const settings = { host, port: String(port), username, sslmode: "disable" };
    await stage.project.configure(prefixed(settings), prefixed({ password: adminPassword }));
    await stage.sql("CREATE DATABASE app");
    return stage;
  }

  override async remove(): Promise<void> {
    await this.project.remove();
    await super.remove();
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
}

const CLOSED_WITHIN_MS = 90_000;

async function started(): Promise<[Postgres, string]> {
  const dir = await mkdtemp(join(tmpdir(), "rekey-postgres-roles-"));
  return [await startPostgres({ dir: join(dir, "postgres"), log: true }), dir];
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
