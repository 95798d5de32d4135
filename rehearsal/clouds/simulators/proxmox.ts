/** Simulator of Proxmox VE's API as far as a token's check needs it: `GET /api2/json/version`. */
import { randomUUID } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { IssuedKeys } from "./keys";
import { serveSimulator, type Answered, type Simulator } from "./simulator";

/** An API token. Its id is no secret, and there is one secret to an id for as long as the token exists. */
export interface ProxmoxToken {
  /** `USER@REALM!TOKENID` */
  readonly id: string;
  /** A UUID, as Proxmox shows it once. */
  readonly secret: SecretText;
}

/** A running simulator of Proxmox VE. */
export interface ProxmoxSimulator extends Simulator {
  /** A new token. `id`: as in {@link ProxmoxToken}; a name of its own unless given. Throws for one that exists: a token's secret never changes. */
  issue(id?: string): ProxmoxToken;
  /** Deletes the token; its id may then be taken again. Throws for one that does not exist. */
  revoke(token: ProxmoxToken): void;
}

const USER = "panel@pve";
const ID = /^[^@!=\s]+@[^@!=\s]+![A-Za-z][\w.-]+$/;
const VERSION = { version: "8.4.1", release: "8.4", repoid: "0000000000000000" };

/**
 * Starts the simulator. `Authorization: PVEAPIToken=USER@REALM!TOKENID=UUID` of a token that exists answers 200; everything else 401, with
 * the cause in the status line, where Proxmox puts it.
 */
export async function startProxmoxSimulator(): Promise<ProxmoxSimulator> {
  const ids = new Set<string>();
  const keys = new IssuedKeys();
  let count = 0;
  const refusalOf = (authorization: string | undefined): string | undefined => {
    const [, id = "", secret] = /^PVEAPIToken=(\S+)=([^=\s]+)$/.exec(authorization ?? "") ?? [];
    if (secret === undefined) return "No ticket";
    if (!ids.has(id)) return `no such token '${id.split("!")[1] ?? ""}'`;
    return keys.stateOf(`${id}=${secret}`) === "live" ? undefined : "invalid token value!";
  };
  const simulator = await serveSimulator(
    {
      "GET /api2/json/version": ({ headers }): Answered => {
        const reason = refusalOf(headers.authorization);
        return reason === undefined
          ? { status: 200, body: { data: VERSION } }
          : { status: 401, reason: reason.replace(/[^\x20-\x7e]/g, "?"), body: { data: null } };
      },
    },
    { data: null },
  );
  return {
    ...simulator,
    issue: (id = `${USER}!token-${++count}`) => {
      if (!ID.test(id)) throw new Error("a token's id must be USER@REALM!TOKENID");
      if (ids.has(id)) {
        throw new Error("this token exists already: revoke it first, or take another id");
      }
      const secret = randomUUID();
      ids.add(id);
      keys.add(`${id}=${secret}`);
      return { id, secret: new SecretText(secret) };
    },
    revoke: ({ id, secret }) => {
      keys.revoke(`${id}=${secret.reveal()}`);
      ids.delete(id);
    },
  };
}
