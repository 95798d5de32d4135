import type { GoogleClient } from "./google";

/** A key that a person made: its account, its id and its term. */
export interface ForeignKey {
  readonly id: string;
  /** The service account's address. */
  readonly account: string;
  /** Full resource name. */
  readonly name: string;
  readonly created?: string;
  readonly expires?: string;
}

/** The keys of a project's service accounts that are not among those that the stack declares, oldest first. */
export async function foreignKeys(
  project: string,
  declared: ReadonlySet<string>,
  { iam }: GoogleClient,
): Promise<ForeignKey[]> {
  const accounts = await iam.listAccounts(project);
  const perAccount = await Promise.all(
    accounts.map(async ({ name, email }) =>
      (await iam.listKeys(name)).map((key) => ({
        id: idOf(key.name),
        account: email,
        name: key.name,
        ...(key.validAfterTime === undefined ? {} : { created: key.validAfterTime }),
        ...(key.validBeforeTime === undefined ? {} : { expires: key.validBeforeTime }),
      })),
    ),
  );
  return perAccount
    .flat()
    .filter(({ id }) => !declared.has(id))
    .sort((one, other) => (one.created ?? "").localeCompare(other.created ?? ""));
}

/** The last part of a key's resource name, by which people know it. */
export function idOf(name: string): string {
  return name.split("/").at(-1) ?? name;
}
