import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import type { RehearsalReport } from "../../rehearsal/report";
import { SYSTEMS, inventory } from "../../stacks/inventory";
import { runCommand } from "../support/command";
import { SEED, sample, seeded } from "../support/random";
import { Ran } from "../support/rehearsal";
import { passableFolder } from "../support/folder";

/** Eighteen updates on the real engine, with rollouts of real processes in each; several minutes on a busy machine. */
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

/** The pair of Web Push, which goes through every move. */
const PAIR = ["VAPID_PRIVATE_KEY", "VAPID_PUBLIC_KEY"];
/** What its subscribers see. */
const GETS =
  /^a subscription from before the rotation gets its message; 0 must subscribe again, 0 fail/;
const GETS_NONE = /^a subscription from before the rotation gets none; [1-9]\d* must .*, 0 failed$/;
const NOT_TOLD = /: 20 get their message, 0 were told .* gets its message; 0 other answers$/;
const TOLD = /: 20 get their message, 20 were told .* gets its message; 0 other answers$/;
const NONE_UNUSED =
  /^messages signed by .*: pair 1: [1-9].*; by any other: 0; by a retired one since: 0$/;
const WATCHED = /[1-9]\d* times accepted while it was retired, last \d+ ms .*; 0 other answers$/;
const EXPOSED = /has not subscribed again: 201 from the push service$/;
const SHUT_OUT = /: 410 at the old subscription, 403 at the new one$/;

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
          // The withdrawn generation of the pair was its second.
          .map(({ name }) => [name, 1, PAIR.includes(name) ? 4 : 2])
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
      const order = system()
        .moves.filter(({ move }) => move !== "emergency")
        .map(({ secret }) => ranks.get(secret));
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
      const counts = (each: number, cluster: number) => [
        ...stores.map((store) => `${store}: ${each}`),
        ...(cluster > 0 ? [`Kubernetes: ${cluster}`] : []),
      ];
      const once = counts(1, 1);
      const rolled = counts(1, 0);
      const rotation = (name: string) => [
        ["stage", ...once],
        ["activate", ...(name === "ENCRYPTION_KEY" ? once : rolled)],
        ["retire", ...once],
      ];
      // An emergency rotates in one update and then retires; AWS takes a version and its label one by one.
      const twice = counts(2, 2).map((count) =>
        count.replace(`${STORES.aws}: 2`, `${STORES.aws}: 3`),
      );
      const everyMove = [
        ["stage", ...once],
        ["withdraw", ...once],
        ["stage", ...once],
        ["activate", ...rolled],
        ["rollback", ...rolled],
        ["verify", ...rolled],
        ["retire", ...once],
        ["emergency", ...twice],
      ];
      for (const { name, evidence } of system().secrets) {
        const counted = system()
          .moves.filter(({ secret }) => secret === name)
          .map((one) => [one.move, ...writtenIn(one.evidence)])
          .filter((one) => one.length > 1);
        assert.deepEqual(counted, PAIR.includes(name) ? everyMove : rotation(name), name);
        const line = evidence.find((one) => one.startsWith("writes: ")) ?? "";
        assert.equal(line, `writes: ${totals(counted)}`, name);
      }
    });

    it("lets each identity read what it uses, and nobody anything else, with all that was tried", () => {
      const password = linesOf("POSTGRES_PASSWORD").filter((line) => line.startsWith("tried as "));
      const key = linesOf("OPENROUTER_API_KEY").filter((line) => line.startsWith("tried as "));
      const readers = "project-backend, project-backup, project-monitoring";
      if (backends.includes("aws")) {
        const others =
          "BatchGetSecretValue, ListSecrets, GetSecretValue on the intake entry, DescribeSecret on the intake entry";
        const both = `GetSecretValue, DescribeSecret allowed; ${others}`;
        const none = `GetSecretValue, DescribeSecret, ${others} refused`;
        assert.ok(password.includes(`tried as ${readers} at ${STORES.aws}: ${both} refused`));
        assert.ok(
          key.includes(`tried as ${readers}, stranger, nobody at ${STORES.aws}: ${none}`),
          key.join("\n"),
        );
      }
      if (backends.includes("vault")) {
        const own = "read allowed; read the intake entry, read metadata, list refused";
        assert.ok(password.includes(`tried as ${readers} at ${STORES.vault}: ${own}`));
        assert.ok(
          key.includes(
            `tried as nobody, stranger, ${readers} at ${STORES.vault}: read, read the intake entry, read metadata, list refused`,
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

    it("takes the pair of Web Push through every move, with what its subscribers saw after each", () => {
      const mine = system().moves.filter(({ secret }) => secret === PAIR[0]);
      const expected: readonly (readonly [move: string, shown: readonly RegExp[]])[] = [
        ["stage", [GETS, NOT_TOLD, NONE_UNUSED]],
        [
          "withdraw",
          [/^the withdrawn generation: .*: refused$/, /are as before the stage \(/, GETS],
        ],
        ["stage", [GETS, NOT_TOLD, NONE_UNUSED]],
        ["activate", [/^the new generation: .*: accepted$/, GETS, NOT_TOLD, NONE_UNUSED]],
        ["verify", [/^in grace: .*: accepted$/]],
        [
          "rollback",
          [/^what was got before the roll back: .*: accepted$/, /^the same value/, GETS],
        ],
        ["verify", [/are as on the straight way \(/, /^the same value/, GETS, NOT_TOLD]],
        ["retire", [WATCHED, /^the old generation: .*: refused$/, GETS_NONE, TOLD, SHUT_OUT]],
        ["emergency", [/^the exposed generation: .*: refused$/, EXPOSED, TOLD, SHUT_OUT]],
      ];
      assert.deepEqual(
        mine.map(({ move }) => move),
        expected.map(([move]) => move),
      );
      for (const [at, [move, shown]] of expected.entries())
        for (const one of shown)
          assert.ok(
            mine[at]?.evidence.some((line) => one.test(line)),
            `${move}: nothing like ${String(one)} in\n${mine[at]?.evidence.join("\n")}`,
          );
      for (const { secret, move } of system().moves)
        if (["withdraw", "rollback", "emergency"].includes(move))
          assert.ok(PAIR.includes(secret), `${secret}, ${move}`);
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

/** What a move wrote, by store. */
function writtenIn(evidence: readonly string[]): string[] {
  const lines = evidence.filter((line) => line.startsWith("writes to "));
  return lines.map((line) => line.replace("writes to ", ""));
}

/** The sums of what moves wrote, in the order of the stores. */
function totals(counted: readonly (readonly string[])[]): string {
  const sums = new Map<string, number>();
  for (const line of counted.flatMap(([, ...lines]) => lines)) {
    const [store = "", count] = line.split(": ");
    sums.set(store, (sums.get(store) ?? 0) + Number(count));
  }
  return [...sums].map(([store, sum]) => `${store} ${sum}`).join(", ");
}

/** None failed, and the load was what was asked for from its begin to its end. */
function checkLoad({ name, requests: { sent, failed, seconds } }: System): void {
  assert.equal(failed, 0, name);
  const wanted = RATE * seconds;
  assert.ok(sent >= 0.95 * wanted, `${name}: ${sent} requests in ${seconds} s at ${RATE} a second`);
}
