import type { SecretText } from "../../../components/secret-text";
import type { LoadRequest } from "../../traffic";
import { logIn } from "../probes";
import { LOGIN, ME } from "./parts";

/** What clients of capanel ask for: pages carry a session's token, `write` and `read` reach the database. */
export function requests(api: string, web?: string): LoadRequest[] {
  const items = `${api}/api/v1/items`;
  return [
    { kind: "health", url: `${api}/api/v1/utils/health-check` },
    { kind: "page", url: `${api}${ME}`, signed: true },
    {
      kind: "write",
      url: items,
      method: "POST",
      signed: true,
      body: (number) => JSON.stringify({ title: `traffic ${number}` }),
    },
    { kind: "read", url: items, signed: true },
    ...(web === undefined ? [] : [{ kind: "web", url: `${web}/assets/app.js` }]),
  ];
}

/** Logs in and gives the header that signed requests carry. */
export async function bearer(
  api: string,
  username: string,
  password: SecretText,
): Promise<Record<string, string>> {
  const token = await logIn(`${api}${LOGIN}`, username, password);
  if (token === "refused") throw new Error("the traffic's log-in was refused");
  return { authorization: `Bearer ${token.reveal()}` };
}
