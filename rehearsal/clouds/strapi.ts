/**
 * Simulator of a content system whose API keys are issued elsewhere, by hand in its own administration: the external issuer of the rehearsal.
 * It issues, revokes and checks keys on loopback and keeps only their digests.
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";

/** A running simulator. */
export interface StrapiSimulator {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** A new key, as the content system's administration shows it once. */
  issue(): string;
  /** Refuses the key from now on. Throws for a key that was never issued or is revoked already. */
  revoke(key: string): void;
  /** Ends the server and its connections. */
  stop(): Promise<void>;
}

const ARTICLES = { data: [{ id: 1, title: "Welcome" }] };

/** Starts the simulator on any free port. `GET /api/articles` with `Authorization: Bearer <key>` answers 200, or 401 for a bad key. */
export async function startStrapiSimulator(): Promise<StrapiSimulator> {
  const live = new Set<string>();
  const server = createServer((request, response) => {
    const key = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const known = key !== undefined && live.has(digest(key));
    const found = request.method === "GET" && request.url?.split("?")[0] === "/api/articles";
    const [status, body] = !found
      ? [404, failure(404, "Not Found")]
      : known
        ? [200, ARTICLES]
        : [401, failure(401, "Missing or invalid credentials")];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
    request.resume();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was assigned");
  return {
    url: `http://127.0.0.1:${address.port}`,
    issue: () => {
      const key = randomBytes(64).toString("hex");
      live.add(digest(key));
      return key;
    },
    revoke: (key) => {
      if (!live.delete(digest(key))) {
        throw new Error("this key is not live: revoke takes a key that issue() gave, once");
      }
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function failure(status: number, message: string) {
  const name = status === 401 ? "UnauthorizedError" : "NotFoundError";
  return { data: null, error: { status, name, message } };
}
