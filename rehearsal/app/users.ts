/** Users of the panel: log-in, who a token belongs to, password changes and forced resets. */
import type { Database } from "./database";
import { HttpError, type Call } from "./http";
import { hashPassword, verifyPassword } from "./passwords";
import type { Tokens } from "./tokens";

/** A user as handlers see one; without the hash. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly is_superuser: boolean;
  readonly password_reset_required: boolean;
}

const COLUMNS = "id::float8 AS id, email, is_superuser, password_reset_required";

/** The operations on users. */
export class Users {
  constructor(
    private readonly database: Database,
    private readonly tokens: Tokens,
  ) {}

  /** A token for the right e-mail address and password; 401 otherwise, without saying which of the two was wrong. */
  async logIn(email: string, password: string): Promise<string> {
    const [user] = await this.database.rows<User & { password_hash: string }>(
      `SELECT ${COLUMNS}, password_hash FROM users WHERE email = $1 AND is_active`,
      [email],
    );
    if (!(await verifyPassword(password, user?.password_hash)) || user === undefined) {
      throw new HttpError(401, "Incorrect email or password");
    }
    return this.tokens.issue(user.id);
  }

  /** The user of a call's bearer token; 401 for every token that is not valid. */
  async of({ headers }: Call): Promise<User> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers.authorization ?? "")?.[1];
    const id = token === undefined ? undefined : await this.tokens.subject(token);
    if (id === undefined) throw new HttpError(401, "Could not validate credentials");
    const [user] = await this.database.rows<User>(
      `SELECT ${COLUMNS} FROM users WHERE id = $1 AND is_active`,
      [id],
    );
    if (user === undefined) throw new HttpError(401, "Could not validate credentials");
    return user;
  }

  /** The administrator of a call's bearer token; 403 for another user. */
  async administratorOf(call: Call): Promise<User> {
    const user = await this.of(call);
    if (!user.is_superuser) throw new HttpError(403, "The user doesn't have enough privileges");
    return user;
  }

  /** Adds an ordinary user; 409 when the e-mail address is taken. */
  async add(email: string, password: string): Promise<User> {
    const [user] = await this.database.rows<User>(
      `INSERT INTO users (email, password_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [email, await hashPassword(password)],
    );
    if (user === undefined) throw new HttpError(409, "The email is taken");
    return user;
  }

  /** Sets a new password and clears a forced reset; 400 when the current password is wrong. */
  async changePassword(user: User, current: string, next: string): Promise<void> {
    const [row] = await this.database.rows<{ password_hash: string }>(
      "SELECT password_hash FROM users WHERE id = $1",
      [user.id],
    );
    if (!(await verifyPassword(current, row?.password_hash))) {
      throw new HttpError(400, "Incorrect password");
    }
    await this.database.rows(
      "UPDATE users SET password_hash = $2, password_reset_required = false WHERE id = $1",
      [user.id, await hashPassword(next)],
    );
  }

  /** Marks users (all active ones when `emails` is absent) as having to change their password. Answers whom it marked. */
  async forceReset(emails?: readonly string[]): Promise<string[]> {
    const rows = await this.database.rows<{ email: string }>(
      `UPDATE users SET password_reset_required = true
       WHERE is_active AND ($1::text[] IS NULL OR email = ANY ($1)) RETURNING email`,
      [emails ?? null],
    );
    return rows.map(({ email }) => email).sort();
  }
}

/** Makes `email` an active administrator with this password, whoever it was before. Needs no signing key. */
export async function seedAdministrator(
  database: Database,
  email: string,
  password: string,
): Promise<void> {
  await database.rows(
    `INSERT INTO users (email, password_hash, is_superuser) VALUES ($1, $2, true)
     ON CONFLICT (email) DO UPDATE SET password_hash = excluded.password_hash, is_superuser = true,
       is_active = true, password_reset_required = false`,
    [email, await hashPassword(password)],
  );
}
