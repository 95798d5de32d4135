/** Rows of mgmt-vibe's table of mailboxes in every form that years of releases left there. */
import type { Client } from "pg";
import { FernetKey } from "../../../rehearsal/app/fernet";
import { FernetKeyring, type VersionedKey } from "../../../rehearsal/app/keyring";

/** Rows of each ten: a form for each, by the last digit of the row's number. */
export const FORMS = [
  "legacy",
  "legacy",
  "legacy",
  "v1",
  "v1",
  "v1 with version",
  "v1 with version",
  "refresh only",
  "v2 with version",
  "null",
] as const;

/** What row `n` decrypts to. */
export const plain = (n: number) => ({ access: `access-${n}`, refresh: `refresh-${n}` });

/** Rows `1..count` of the account, row `n` at `<n>@example.com`, in one statement. */
export async function seedConnections(
  client: Client,
  account: number,
  count: number,
  [k1, k2]: readonly [string, string],
): Promise<void> {
  const legacy = new FernetKey(k1);
  const first = ring({ version: 1, key: k1 });
  const second = ring({ version: 2, key: k2 });
  const columns: [string[], (string | null)[], (string | null)[], (number | null)[]] = [
    [],
    [],
    [],
    [],
  ];
  for (let n = 1; n <= count; n++) {
    const form = FORMS[n % FORMS.length];
    const { access, refresh } = plain(n);
    const encrypt =
      form === "legacy"
        ? (text: string) => legacy.encrypt(text)
        : (text: string) => (form === "v2 with version" ? second : first).encrypt(text).text;
    columns[0].push(`${n}@example.com`);
    columns[1].push(form === "null" || form === "refresh only" ? null : encrypt(access));
    // Not every provider gives one.
    columns[2].push(
      form === "null" || (n % 3 === 0 && form !== "refresh only") ? null : encrypt(refresh),
    );
    columns[3].push(form === "v1 with version" ? 1 : form === "v2 with version" ? 2 : null);
  }
  await client.query(
    `INSERT INTO email_connections
       (account_id, address, encrypted_access_token, encrypted_refresh_token, encryption_key_version)
     SELECT $1, n.* FROM unnest($2::text[], $3::text[], $4::text[], $5::int[]) AS n`,
    [account, ...columns],
  );
}

/** A keyring of one key. */
export function ring(key: VersionedKey): FernetKeyring {
  return new FernetKeyring([key]);
}
