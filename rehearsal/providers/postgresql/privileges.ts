/** The privileges that each type of object knows, by the words of the official provider. `ALL` stands for every one. */
export const PRIVILEGES: Readonly<Record<string, readonly string[]>> = {
  database: ["CREATE", "CONNECT", "TEMPORARY"],
  schema: ["CREATE", "USAGE"],
  table: [
    ...["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"],
  ],
  column: ["SELECT", "INSERT", "UPDATE", "REFERENCES"],
  sequence: ["USAGE", "SELECT", "UPDATE"],
  function: ["EXECUTE"],
  procedure: ["EXECUTE"],
  routine: ["EXECUTE"],
  type: ["USAGE"],
  foreign_data_wrapper: ["USAGE"],
  foreign_server: ["USAGE"],
};

/** What is wrong with `privileges` for that type of object; undefined when nothing is. */
export function unknownPrivilege(type: string, privileges: readonly string[]): string | undefined {
  const known = ["ALL", ...(PRIVILEGES[type] ?? [])];
  const wrong = privileges.find((privilege) => !known.includes(privilege));
  return wrong === undefined
    ? undefined
    : `${wrong} is no privilege on a ${type}; allowed: ${known.join(", ")}`;
}

/** True when what was granted is what is wanted; `ALL` is every privilege that the server's version knows. */
export function samePrivileges(
  type: string,
  granted: readonly string[],
  wanted: readonly string[],
): boolean {
  const all = PRIVILEGES[type] ?? [];
  const required = wanted.includes("ALL") ? all.filter((one) => one !== "MAINTAIN") : wanted;
  const allowed = wanted.includes("ALL") ? all : wanted;
  return (
    required.every((one) => granted.includes(one)) && granted.every((one) => allowed.includes(one))
  );
}
