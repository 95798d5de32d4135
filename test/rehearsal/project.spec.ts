import assert from "node:assert/strict";
import { createProgress } from "../../operator/output";
import { rehearse } from "../../rehearsal/rehearse";
import type { RehearsalReport } from "../../rehearsal/report";
import { inventory } from "../../stacks/inventory";

/** Fourteen updates on the real engine, with rollouts of real processes in each. */
const REHEARSAL_MS = 900_000;

describe("rekey rehearse --systems project --backend aws,vault", function () {
  this.timeout(REHEARSAL_MS);
  let report: RehearsalReport;

  before(async () => {
    const progress = createProgress();
    ({ report } = await rehearse({
      ...{ systems: ["project"], backends: ["aws", "vault"], providers: "local", rate: 50 },
      ...{ overlapSeconds: 0, keep: false, progress },
    }));
    progress.end();
  });

  function system() {
    const [found] = report.systems;
    assert.ok(found);
    return found;
  }

  it("rotates every secret without a failed request, and nothing is otherwise than promised", () => {
    assert.deepEqual(report.problems, []);
    const { requests, secrets } = system();
    assert.equal(requests.failed, 0);
    assert.ok(requests.sent > 500, `${requests.sent} requests`);
    assert.deepEqual(
      secrets.map(({ name, from, to }) => [name, from, to]).sort(),
      inventory(["project"])
        .map(({ name }) => [name, 1, 2])
        .sort(),
    );
  });

  it("goes tier by tier: the next one is staged only after the one before is retired", () => {
    const ranks = new Map(
      inventory(["project"]).map(({ name, tier, movesWith }) => [
        name,
        inventory(["project"]).find((one) => one.name === movesWith)?.tier ?? tier,
      ]),
    );
    const order = system().moves.map(({ secret }) => ranks.get(secret));
    const firsts = [...new Set(order)];
    assert.deepEqual(firsts, ["critical", "high", "optional"]);
    for (const tier of firsts)
      assert.ok(
        order.slice(order.indexOf(tier), order.lastIndexOf(tier) + 1).every((one) => one === tier),
        tier,
      );
  });

  it("writes each store exactly once a secret and move", () => {
    for (const { name, evidence } of system().secrets) {
      const line = evidence.find((one) => one.startsWith("writes: ")) ?? "";
      assert.match(line, /AWS Secrets Manager 3/, name);
      assert.match(line, /Vault KV 3/, name);
      assert.match(line, /Kubernetes [23]/, name);
    }
  });

  it("keeps search's index, and leaves no row under a retired key", () => {
    const of = (secret: string) =>
      system()
        .secrets.find(({ name }) => name === secret)
        ?.evidence.join("\n") ?? "";
    assert.match(of("MEILI_API_KEY"), /3 documents/);
    assert.match(of("ENCRYPTION_KEY"), /rows by key: v2: \d+$/m);
  });
});
