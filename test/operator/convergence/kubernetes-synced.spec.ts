import assert from "node:assert/strict";
import { AT_REST } from "../../../components/rotation";
import { type Answered, compared } from "../../../operator/convergence/compare";
import { kubernetesSecretStore as store } from "../../../operator/convergence/kubernetes-secret";
import type { StoreEntry } from "../../../operator/convergence/store";
import { judge } from "../../../operator/convergence/verdict";
import { config, kubeconfig, resource, stubbed } from "./stub";

const NAMESPACE = "example";
const OBJECT = "openrouter-api-key";
const deployment = (name: string, objects: string) =>
  resource("kubernetes:apps/v1:Deployment", `project-${name}-deployment`, {
    id: `${NAMESPACE}/${name}`,
    inputs: { metadata: { annotations: { "secret.reloader.stakater.com/reload": objects } } },
  });
const [ENTRY] = store.entries([deployment("agents", OBJECT)]) as [StoreEntry];

interface Pod {
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly phase?: string;
}

/** What is read and judged where the cluster has the object, last changed at noon, and these pods. */
function judged(pods: readonly Pod[], exists = true) {
  return stubbed(
    ({ path }) => {
      const { pathname, searchParams } = new URL(path, "http://localhost");
      if (pathname === `/api/v1/namespaces/${NAMESPACE}/pods`) {
        assert.equal(searchParams.get("labelSelector"), "app.kubernetes.io/name=agents");
        return [200, { items: pods.map(({ phase = "Running", ...metadata }) => ({ metadata, status: { phase } })) }]; // prettier-ignore
      }
      assert.equal(pathname, `/api/v1/namespaces/${NAMESPACE}/secrets/${OBJECT}`);
      if (!exists) return [404, { reason: "NotFound", message: "not found" }];
      const value = Buffer.from("value-two").toString("base64");
      const metadata = {
        name: OBJECT,
        uid: "uid-1",
        creationTimestamp: "2026-01-01T08:00:00Z",
        managedFields: [{ time: "2026-01-01T12:00:00Z" }, { time: "2026-01-01T08:00:00Z" }],
      };
      return [200, { apiVersion: "v1", kind: "Secret", metadata, data: { value } }];
    },
    async (url) => {
      const reader = store.reader(config({ "kubernetes:kubeconfig": kubeconfig(url) }));
      try {
        const reading = await reader.read(ENTRY);
        const expected = { record: AT_REST, taken: new Set<string>(), interrupted: false };
        return judge(ENTRY, reading, { ...expected, undo: () => "" });
      } finally {
        reader.close();
      }
    },
  );
}

describe("convergence: objects that the cluster keeps in step with a store", () => {
  it("are those that workloads are started anew for, but for the lists of what is accepted", () => {
    const entries = store.entries([
      deployment("backend", "meili-api-key,meili-api-key-accepted"),
      deployment("search", "meili-api-key"),
    ]);
    assert.deepEqual(entries, [
      {
        kind: "kubernetes-secret",
        name: `${NAMESPACE}/meili-api-key`,
        at: { namespace: NAMESPACE, object: "meili-api-key" },
        known: [],
        syncedFor: ["backend", "search"],
      },
    ]);
  });

  it("are behind while a pod runs that began before the object changed", async () => {
    const before = { creationTimestamp: "2026-01-01T11:59:59Z" };
    const after = { creationTimestamp: "2026-01-01T12:00:00Z" };
    assert.deepEqual(await judged([after]), { verdict: "equal" });
    const late = await judged([after, before]);
    assert.equal(late.verdict, "behind");
    assert.match(late.reason ?? "", /pods of agents began before the object changed/);
    assert.match(late.fix ?? "", /kubectl -n example rollout restart deployment\/agents`/);
    for (const gone of [
      { ...before, deletionTimestamp: "2026-01-01T12:00:01Z" },
      { ...before, phase: "Succeeded" },
    ])
      assert.deepEqual(await judged([after, gone]), { verdict: "equal" });
    assert.equal((await judged([], false)).verdict, "missing");
  });

  describe("held against the store", () => {
    const answer = (more: Partial<Answered>): Answered => ({
      ...{ secret: "OPENROUTER_API_KEY", store: `kubernetes-secret:${NAMESPACE}/${OBJECT}` },
      ...{ generation: null, recordGeneration: 2, judgement: { verdict: "equal" } },
      versions: [],
      ...more,
    });
    const version = (fingerprint: string, generation: number | null) => ({
      ...{ version: "1", generation, fingerprint, current: true },
    });
    const aws = answer({
      store: "aws-secrets-manager:project/prod/openrouter-api-key",
      generation: 2,
      versions: [version("one", 1), version("two", 2)],
    });
    const synced = (fingerprint: string, more: Partial<Answered> = {}) =>
      answer({ synced: true, versions: [version(fingerprint, null)], ...more });
    const told = (...answers: Answered[]) => compared(answers)[0]!;

    it("are equal where they hold the generation in use there", () => {
      const { judgement, generation } = told(synced("two"), aws);
      assert.deepEqual([judgement.verdict, generation], ["equal", 2]);
    });

    it("are behind where they hold another, and nothing is to be retired", () => {
      const { judgement, generation } = told(synced("one"), aws);
      assert.deepEqual([judgement.verdict, generation], ["behind", 1]);
      assert.match(judgement.fix ?? "", /retire nothing until then/);
    });

    it("stay behind with the right value while pods run with the one of before", () => {
      const late = { verdict: "behind", reason: "pods of agents began before" } as const;
      const { judgement } = told(synced("two", { judgement: late }), aws);
      assert.deepEqual(judgement, late);
    });

    it("were changed where they hold what the store never had, and unknown where it did not answer", () => {
      assert.equal(told(synced("three"), aws).judgement.verdict, "changed by hand");
      assert.equal(told(synced("two")).judgement.verdict, "unreachable");
      const missing = synced("", { versions: [], judgement: { verdict: "missing" } });
      assert.equal(told(missing, aws).judgement.verdict, "missing");
    });

    it("say nothing about the store itself", () =>
      assert.deepEqual(compared([aws, synced("three")])[0], aws));
  });
});
