import { SecretDeclaration } from "../components/inventory";
import { RekeyError } from "./errors";

/** The time in which a credential was exposed, UTC; the end is not part of it. */
export interface Exposure {
  readonly since: string;
  readonly until: string;
}

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/;

/**
 * Reads the ends of a time of exposure.
 *
 * @throws RekeyError (exit 2) for what is no time in UTC, lies ahead, or ends before it begins.
 */
export function exposure(since: string, until: string | undefined, now: Date): Exposure {
  const from = instant("--since", since);
  const to = until === undefined ? now : instant("--until", until);
  if (from >= now) throw wrongTime("--since", "lies ahead of now", "a time that is over");
  if (from >= to) throw wrongTime("--until", "is not after --since", "a time after --since");
  return { since: text(from), until: text(to) };
}

/**
 * The filter, in Cloud Logging's query language, for everything that the audit logs know of the secrets' use: reads of their
 * versions in Secret Manager (Data Access logs, which have to be on), new service-account keys, and, where a secret is a Cloud SQL
 * user's, connections and changes of users. Undefined where none of the secrets is in Google Cloud.
 */
export function auditFilter(
  secrets: readonly SecretDeclaration[],
  { since, until }: Exposure,
): string | undefined {
  const entries = secrets.flatMap(({ stores }) => stores.flatMap(storeEntry)).map(escaped);
  if (entries.length === 0) return undefined;
  const onCloudSql = secrets.some(({ consumers }) =>
    consumers.some((consumer) => consumer.startsWith("cloud-sql-user:")),
  );
  const events = [
    [
      'protoPayload.serviceName="secretmanager.googleapis.com"',
      String.raw`protoPayload.methodName=~"SecretManagerService\.AccessSecretVersion$"`,
      `protoPayload.resourceName=~"/secrets/(${[...new Set(entries)].join("|")})/versions/"`,
    ],
    [String.raw`protoPayload.methodName=~"\.CreateServiceAccountKey$"`],
    ...(onCloudSql
      ? [
          [
            String.raw`protoPayload.methodName=~"^cloudsql\.(instances\.connect|users\.(create|insert|update|delete))$"`,
          ],
        ]
      : []),
  ];
  return [
    `timestamp>="${since}" AND timestamp<"${until}" AND (`,
    events.map((terms) => `  (${terms.join(" AND ")})`).join(" OR\n"),
    ")",
  ].join("\n");
}

function storeEntry(store: string): string[] {
  const [kind, entry] = store.split(":");
  return kind === "google-secret-manager" && entry ? [entry] : [];
}

/** Names of entries hold letters, digits, `-` and `_`; anything else must not act in a pattern. */
function escaped(entry: string): string {
  return entry.replaceAll(/[^A-Za-z0-9_-]/g, String.raw`\.`);
}

function instant(option: string, given: string): Date {
  const time = new Date(given);
  const fits = TIME.test(given) && !Number.isNaN(time.getTime());
  if (!fits || time.toISOString().slice(0, 10) !== given.slice(0, 10))
    throw wrongTime(option, "is no time in UTC", "2026-01-31 or 2026-01-31T12:00:00Z");
  return time;
}

function text(time: Date): string {
  return time.toISOString().replace(/\.000Z$/, "Z");
}

function wrongTime(option: string, problem: string, allowed: string): RekeyError {
  return RekeyError.usage({
    message: `${option} ${problem}`,
    path: option,
    allowed,
    fix: `correct ${option}`,
  });
}
