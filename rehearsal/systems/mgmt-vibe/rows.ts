import { createHash } from "node:crypto";
import type { SecretText } from "../../../components/secret-text";
import { FernetKey } from "../../app/fernet";
import { asAdministrator } from "../self-hosted/database";
import type { Machine } from "../self-hosted/machine";
import type { Answer, Held } from "../system";
import { EMAIL, cookieOf } from "./load";

/** The application's database, and the common name of its users. */
export const DATABASE = "mgmt_vibe";

const SEEDED = 30;
/** What years of releases left in the table, a third each: bare tokens, `v1:` without a number beside it, no tokens at all. */
const FORMS = ["legacy", "v1", "null"] as const;
const seededText = (n: number) => `seeded ${n}`;

/** Leaves rows of every old form to the account of the clients, under the key of the first generation. */
export async function seedRows({ postgres }: Machine, key: SecretText): Promise<void> {
  const fernet = new FernetKey(key.reveal());
  const tokens = Array.from({ length: SEEDED }, (_, n) => {
    const form = FORMS[n % FORMS.length];
    if (form === "null") return null;
    return (form === "v1" ? "v1:" : "") + fernet.encrypt(seededText(n));
  });
  await asAdministrator(postgres, DATABASE, (client) =>
    client.query(
      `INSERT INTO email_connections (account_id, address, encrypted_access_token)
       SELECT a.id, 'seeded' || t.n || '@example.com', t.token
       FROM accounts a, unnest($2::text[]) WITH ORDINALITY AS t (token, n) WHERE a.email = $1`,
      [EMAIL, tokens],
    ),
  );
}

/** How many of the seeded rows the application opens to what was put in; throws for one that it does not. */
export async function openSeeded(machine: Machine): Promise<string> {
  const cookie = (await cookieOf(machine.url)).reveal();
  const { rows } = await asAdministrator(machine.postgres, DATABASE, (client) =>
    client.query<{ id: string; n: number }>(
      `SELECT id::text, substring(address from '^seeded([0-9]+)@')::integer - 1 AS n
       FROM email_connections WHERE address ~ '^seeded[0-9]+@'`,
    ),
  );
  for (const { id, n } of rows) {
    const { status, body } = await check(machine.url, id, cookie);
    const none = FORMS[n % FORMS.length] === "null";
    const expected = none ? null : createHash("sha256").update(seededText(n)).digest("hex");
    if (status !== 200 || body["access_token_sha256"] !== expected)
      throw new Error(`the application does not open row ${id} of the ${SEEDED} that were seeded`);
  }
  if (rows.length !== SEEDED) throw new Error(`${rows.length} of ${SEEDED} seeded rows are left`);
  return `${SEEDED} rows of old forms (${FORMS.join(", ")}) open`;
}

/** Puts in a row that is encrypted with the key held, and asks the application to read it. */
export async function tryKey(
  { postgres, url }: Machine,
  { value, username: version }: Held,
): Promise<Answer> {
  const token = `v${version}:${new FernetKey(value.reveal()).encrypt("tried")}`;
  const cookie = (await cookieOf(url)).reveal();
  return asAdministrator(postgres, DATABASE, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO email_connections (account_id, address, encrypted_access_token, encryption_key_version)
       SELECT id, 'tried@example.com', $2, $3 FROM accounts WHERE email = $1 RETURNING id::text`,
      [EMAIL, token, Number(version)],
    );
    const id = rows[0]?.id ?? "";
    try {
      const { status, body } = await check(url, id, cookie);
      if (status === 200) return "accepted";
      if (status === 500 && body["code"] === "decryption_failed") return "refused";
      throw new Error(`reading a row answered ${status}: neither accepted nor refused`);
    } finally {
      await client.query("DELETE FROM email_connections WHERE id = $1", [id]);
    }
  });
}

async function check(url: string, id: string, cookie: string) {
  const answer = await fetch(`${url}/api/connections/${id}/check`, {
    headers: { cookie },
    signal: AbortSignal.timeout(5_000),
  });
  const body = (await answer.json()) as Readonly<Record<string, unknown>>;
  return { status: answer.status, body };
}
