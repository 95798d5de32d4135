/** The push messages of project's backend on a server of the test's own: its real answers, rows in memory, a real push service. */
import type { Database } from "../../../../rehearsal/app/database";
import { HttpError } from "../../../../rehearsal/app/http";
import { Push } from "../../../../rehearsal/app/panel/push";
import type { VapidPair } from "../../../../rehearsal/app/panel/vapid";
import { startPushSimulator } from "../../../../rehearsal/clouds/simulators/push";
import {
  serveSimulator,
  type Answered,
  type Asked,
} from "../../../../rehearsal/clouds/simulators/simulator";
import type { ProjectClouds } from "../../../../rehearsal/systems/project/clouds";

interface Row {
  readonly id: number;
  readonly endpoint: string;
  readonly vapid_public_key: string;
}

/** The statements that {@link Push} makes, on rows in memory. */
function rowsInMemory() {
  const all = new Map<string, Row>();
  const rows = (sql: string, values: readonly unknown[] = []): Promise<unknown[]> => {
    const [first, second] = values.map(String);
    const insert = () => {
      const row = { id: all.size + 1, endpoint: first ?? "", vapid_public_key: second ?? "" };
      all.set(row.endpoint, row);
      return [row];
    };
    const found = [...all.values()];
    if (sql.startsWith("INSERT")) return Promise.resolve(insert());
    if (sql.includes("WHERE endpoint"))
      return Promise.resolve(found.filter(({ endpoint }) => endpoint === first));
    if (sql.startsWith("SELECT")) return Promise.resolve(found);
    throw new Error(`the test knows no answer to ${sql}`);
  };
  return { rows } as unknown as Database;
}

/** A route that answers as the application's server does. */
function answering(
  status: number,
  answer: (body: Readonly<Record<string, unknown>>) => Promise<unknown>,
) {
  return async ({ body }: Asked): Promise<Answered> => {
    try {
      const asked = JSON.parse(String(body)) as Record<string, unknown>;
      return { status, body: await answer(asked) };
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return { status: error.status, body: { detail: error.message, code: error.code } };
    }
  };
}

/** The variables that the cluster gives it: the active pair under the plain names, and each live one with its slot. */
function variablesWith(pairs: readonly VapidPair[]): { name: string; value: string }[] {
  const suffixes = ["", ...pairs.map((_, at) => `_ACCEPTED_${at === 0 ? "A" : "B"}`)];
  return suffixes.flatMap((suffix, at) => {
    const { publicKey, privateKey } = pairs[Math.max(at - 1, 0)] as VapidPair;
    return [
      { name: `VAPID_PUBLIC_KEY${suffix}`, value: publicKey },
      { name: `VAPID_PRIVATE_KEY${suffix}`, value: privateKey },
    ];
  });
}

function deploymentWith(env: readonly unknown[]) {
  return { spec: { template: { spec: { containers: [{ env }] } } } };
}

export interface Backend {
  readonly clouds: ProjectClouds;
  /** The pairs that it is given from now on, the active one first; it works with others where `known` says so. */
  setPairs(pairs: readonly VapidPair[], known?: readonly VapidPair[]): void;
  /** From now on it calls messages sent and sends none. */
  pretend(): void;
  stop(): Promise<void>;
}

/** Starts a backend with one pair. */
export async function startBackend(first: VapidPair): Promise<Backend> {
  const push = await startPushSimulator();
  const database = rowsInMemory();
  const made = (pairs: readonly VapidPair[]) =>
    new Push(database, pairs, "mailto:operator@example.com");
  let variables = variablesWith([first]);
  let served = made([first]);
  let pretending = false;
  const server = await serveSimulator(
    {
      "POST /api/users": () => ({ status: 201, body: {} }),
      "POST /api/login": () => ({ status: 200, body: { access_token: "of-a-test" } }),
      "GET /api/push/key": () => ({ status: 200, body: { public_key: served.publicKey() } }),
      "POST /api/push/subscriptions": answering(201, ({ endpoint, application_server_key: key }) =>
        served.subscribe(String(endpoint), String(key)),
      ),
      "POST /api/push/message": answering(200, ({ endpoint }) =>
        pretending ? Promise.resolve({ sent: true }) : served.message(String(endpoint)),
      ),
      "POST /api/push/send": answering(200, () => served.send()),
    },
    {},
  );
  return {
    clouds: {
      push,
      cluster: { serviceUrl: () => server.url },
      kubernetes: { read: () => Promise.resolve(deploymentWith(variables)) },
    } as unknown as ProjectClouds,
    setPairs: (pairs, known = pairs) => {
      variables = variablesWith(pairs);
      served = made(known);
    },
    pretend: () => (pretending = true),
    stop: async () => {
      await server.stop();
      await push.stop();
    },
  };
}
