import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import type { RehearsalReport } from "../../rehearsal/report";
import { SYSTEMS, inventory } from "../../stacks/inventory";
import { runCommand } from "../support/command";
import { SEED, sample, seeded } from "../support/random";
import { Ran } from "../support/rehearsal";
import { passableFolder } from "../support/folder";

/** Eleven updates on the real engine, with rollouts of real processes in each; several minutes on a busy machine. */
const REHEARSAL_MS = 1_500_000;
const RATE = 50;

const STORES = { aws: "AWS Secrets Manager", vault: "Vault KV" } as const;
type Backend = keyof typeof STORES;

const ALONE: Backend[] = seeded(SEED)() < 0.5 ? ["aws", "vault"] : ["vault", "aws"];
/** One of them in `npm test`, in turn by the seed; each alone and both at once in `npm run matrix`. */
const CHOICES: readonly (readonly Backend[])[] = [
  ...ALONE.map((backend) => [backend]),
  ["aws", "vault"] as const,
].slice(0, sample(3, 1));

type System = RehearsalReport["systems"][number];

let temporary: string;

async function rehearse(args: readonly string[]): Promise<Ran & { report: RehearsalReport }> {
  const ran = await runCommand(["rehearse", ...args, "--rate", String(RATE), "--json"], temporary);
  assert.notEqual(ran.out, "", ran.err);
  return { ...ran, report: JSON.parse(ran.out) as RehearsalReport };
}

before(async () => {
  temporary = await passableFolder();
});
after(() => rm(temporary, { recursive: true, force: true }));

for (const backends of CHOICES)
  describe(`rekey rehearse --systems project --backend ${backends.join()} (REKEY_SEED=${SEED})`, function () {
    this.timeout(REHEARSAL_MS);
    let ran: Awaited<ReturnType<typeof rehearse>>;

    before(async () => {
      ran = await rehearse(["--systems", "project", "--backend", backends.join()]);
    });

    function system(): System {
      const [found] = ran.report.systems;
      assert.ok(found);
      return found;
    }

    function linesOf(secret: string): readonly string[] {
      return system().secrets.find(({ name }) => name === secret)?.evidence ?? [];
    }

    it("rotates every secret without a failed request, and nothing is otherwise than promised", async () => {
      assert.deepEqual(ran.report.problems, [], ran.err);
      assert.equal(ran.code, 0);
      checkLoad(system());
      assert.deepEqual(
        system()
          .secrets.map(({ name, from, to }) => [name, from, to])
          .sort(),
        inventory(["project"])
          .map(({ name }) => [name, 1, 2])
          .sort(),
      );
      const left = (await readdir(temporary)).filter((name) => name.startsWith("rekey-rehearsal-"));
      assert.deepEqual(left, [], "files were left behind");
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
          order
            .slice(order.indexOf(tier), order.lastIndexOf(tier) + 1)
            .every((one) => one === tier),
          tier,
        );
    });

    it("writes each store exactly once a secret and move, counted after each", () => {
      const stores = backends.map((backend) => STORES[backend]);
      for (const { name, evidence } of system().secrets) {
        const line = evidence.find((one) => one.startsWith("writes: ")) ?? "";
        const totals = [
          ...stores.map((store) => `${store} 3`),
          `Kubernetes ${name === "ENCRYPTION_KEY" ? 3 : 2}`,
        ];
        assert.equal(line, `writes: ${totals.join(", ")}`, name);
        const moves = system().moves.filter((one) => one.secret === name && one.move !== "verify");
        const counted = moves.map((one) => [
          one.move,
          ...one.evidence.filter((told) => told.startsWith("writes to ")),
        ]);
        const written = stores.map((store) => `writes to ${store}: 1`);
        const keyring = name === "ENCRYPTION_KEY" ? ["writes to Kubernetes: 1"] : [];
        assert.deepEqual(counted, [
          ["stage", ...written, "writes to Kubernetes: 1"],
          ["activate", ...written, ...keyring],
          ["retire", ...written, "writes to Kubernetes: 1"],
        ]);
      }
    });

    it("lets each identity read what it uses, and nobody anything else, with all that was tried", () => {
      const password = linesOf("POSTGRES_PASSWORD").filter((line) => line.startsWith("tried as "));
      const key = linesOf("OPENROUTER_API_KEY").filter((line) => line.startsWith("tried as "));
      const readers = "project-backend, project-backup, project-monitoring";
      if (backends.includes("aws")) {
        const both = "GetSecretValue, DescribeSecret allowed; BatchGetSecretValue, ListSecrets";
        const none = "GetSecretValue, DescribeSecret, BatchGetSecretValue, ListSecrets refused";
        assert.ok(password.includes(`tried as ${readers} at ${STORES.aws}: ${both} refused`));
        assert.ok(
          key.includes(`tried as ${readers}, stranger, nobody at ${STORES.aws}: ${none}`),
          key.join("\n"),
        );
      }
      if (backends.includes("vault")) {
        const own = "read allowed; read metadata, list refused";
        assert.ok(password.includes(`tried as ${readers} at ${STORES.vault}: ${own}`));
        assert.ok(
          key.includes(
            `tried as nobody, stranger, ${readers} at ${STORES.vault}: read, read metadata, list refused`,
          ),
          key.join("\n"),
        );
      }
      const cluster = key.find((line) => line.includes(" at Kubernetes: ")) ?? "";
      assert.match(cluster, /nobody, .*service account backend.*: list, get \S+ refused$/);
    });

    it("keeps search's index, and shows pages without hits only while search restarts with its new key", () => {
      assert.match(linesOf("MEILI_API_KEY").join("\n"), /3 documents/);
      const told = system().moves.flatMap(({ move, evidence }) =>
        evidence.filter((line) => line.startsWith("degraded ")).map((line) => [move, line]),
      );
      assert.deepEqual(
        told.map(([move]) => move),
        ["activate"],
      );
      assert.match(told[0]?.[1] ?? "", /while search restarted with its new key$/);
    });

    it("reaches subscribers of the time before while the old pair is in grace, and not once it is retired", () => {
      const told = system()
        .moves.filter(({ secret }) => secret === "VAPID_PRIVATE_KEY")
        .flatMap(({ move, evidence }) =>
          evidence
            .filter((line) => line.startsWith("a subscription from before"))
            .map((line) => `${move}: ${line.split("; ")[0]}`),
        );
      assert.deepEqual(told, [
        "stage: a subscription from before the rotation gets its message",
        "activate: a subscription from before the rotation gets its message",
        "retire: a subscription from before the rotation gets none",
      ]);
    });

    it("leaves no row under a retired key", () => {
      assert.match(linesOf("ENCRYPTION_KEY").join("\n"), /rows by key: v2: \d+$/m);
    });
  });

if (sample(1, 0) === 1)
  describe("rekey rehearse --systems all", function () {
    this.timeout(2 * REHEARSAL_MS);

    it("rehearses the four systems, one after the other, and nothing is otherwise than promised", async () => {
      const { report, code, err } = await rehearse(["--systems", "all", "--backend", "aws,vault"]);
      assert.deepEqual(report.problems, [], err);
      assert.equal(code, 0);
      assert.deepEqual(
        report.systems.map(({ name }) => name),
        [...SYSTEMS],
      );
      report.systems.forEach(checkLoad);
    });
  });

/** None failed, and the load was what was asked for from its begin to its end. */
function checkLoad({ name, requests: { sent, failed, seconds } }: System): void {
  assert.equal(failed, 0, name);
  const wanted = RATE * seconds;
  assert.ok(sent >= 0.95 * wanted, `${name}: ${sent} requests in ${seconds} s at ${RATE} a second`);
}
