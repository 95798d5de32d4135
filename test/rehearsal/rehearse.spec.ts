import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { RehearsalReport } from "../../rehearsal/report";
import { processesBelow, runCommand } from "../support/command";
import { ENGINE_MS, Ran } from "../support/rehearsal";
import { passableFolder } from "../support/folder";

describe("rekey rehearse", function () {
  this.timeout(ENGINE_MS);
  let temporary: string;

  before(async () => {
    temporary = await passableFolder();
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  function rehearse(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    return runCommand(["rehearse", ...args], temporary, env);
  }

  async function leftovers(): Promise<string[]> {
    return (await readdir(temporary)).filter((name) => name.startsWith("rekey-rehearsal-"));
  }

  it("rotates every secret of capanel at 50 requests a second with none failed, and proves the refusal of the old", async () => {
    const { code, out, err } = await rehearse(["--systems", "capanel", "--rate", "50", "--json"]);
    const report = JSON.parse(out) as RehearsalReport;
    assert.deepEqual(report.problems, [], err);
    assert.equal(code, 0);
    assert.deepEqual(
      report.clouds.map(({ kind }) => kind),
      ["real", "fake", "fake"],
    );
    const [system] = report.systems;
    assert.equal(system?.requests.failed, 0);
    assert.ok((system?.requests.sent ?? 0) > 500);
    const told = system?.secrets.map(({ name, from, to, old, new: now }) => [
      name,
      from,
      to,
      old,
      now,
    ]);
    assert.deepEqual(told, [
      ["CLOUD_SQL_PASSWORD", 1, 2, "refused", "accepted"],
      ["SECRET_KEY", 1, 2, "refused", "accepted"],
      ["FIRST_SUPERUSER_PASSWORD", 1, 2, "refused", "accepted"],
      ["VITE_STRAPI_API_KEY", 1, 2, "refused", "accepted"],
      ["POSTGRES_PASSWORD", 1, 2, "refused", "accepted"],
    ]);
    assert.ok(system?.secrets.every(({ evidence }) => evidence.length > 0));
    assert.deepEqual(await leftovers(), [], "files were left behind");
    assert.deepEqual(await processesBelow(temporary), [], "processes were left behind");
  });

  const refusals: readonly {
    readonly name: string;
    readonly args: readonly string[];
    readonly env?: Record<string, string>;
    readonly says: RegExp;
  }[] = [
    {
      name: "an unknown system",
      args: ["--systems", "nosuch"],
      says: /unknown system.*\n.*\n?.*capanel/,
    },
    {
      name: "a rate that is no number",
      args: ["--rate", "fast"],
      says: /whole number from 1 to 1000/i,
    },
    {
      name: "to keep the clouds of project, whose cluster ends with the command",
      args: ["--systems", "project", "--keep"],
      says: /cannot be kept[^]*--keep/,
    },
    { name: "an unknown option", args: ["--colour"], says: /unknown option/ },
    {
      name: "a cloud credential in the environment",
      args: [],
      env: { GOOGLE_APPLICATION_CREDENTIALS: "/nowhere/key.json" },
      says: /GOOGLE_APPLICATION_CREDENTIALS[\s\S]*env -u GOOGLE_APPLICATION_CREDENTIALS/,
    },
    {
      name: "--keep of all systems",
      args: ["--systems", "all", "--keep"],
      says: /--keep keeps the clouds of one system only/,
    },
    {
      name: "a folder that no rehearsal kept",
      args: ["--end", "/nowhere"],
      says: /no folder of a rehearsal/,
    },
  ];
  for (const { name, args, env, says } of refusals)
    it(`${name} is refused with exit code 2, and nothing is started`, async () => {
      const { code, out, err } = await rehearse(args, env);
      assert.equal(code, 2, err);
      assert.match(err, says);
      assert.doesNotMatch(err, /\n\s+at /, "a stack trace");
      assert.equal(out, "");
      assert.deepEqual(await leftovers(), []);
    });

  for (const option of ["--postgres-port", "--google-port"])
    it(`${option} of a port that is taken is refused with exit code 2, and nothing is left`, async () => {
      const server = createServer();
      await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
      const address = server.address();
      assert.ok(address && typeof address === "object");
      try {
        const { code, err } = await rehearse([option, String(address.port)]);
        assert.equal(code, 2, err);
        assert.match(err, new RegExp(String(address.port)));
        assert.doesNotMatch(err, /\n\s+at /, "a stack trace");
        assert.deepEqual(await leftovers(), []);
      } finally {
        server.close();
      }
    });
});
