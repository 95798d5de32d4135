import assert from "node:assert/strict";
import { RotationRecord } from "../../../components";
import { readRecords } from "../../../components/records";
import { AT_REST } from "../../../components/rotation";
import { silent } from "../../../operator/output";
import { readDeployed } from "../../../operator/plan/deployed";
import { rehearseChange, rehearsedSecrets } from "../../../operator/plan/rehearsed";
import { SYSTEMS, inventory } from "../../../stacks/inventory";
import { ENGINE_MS } from "../../support/rehearsal";

const records = (key: RotationRecord, admin: RotationRecord) =>
  new Map([
    ["SECRET_KEY", key],
    ["FIRST_SUPERUSER_PASSWORD", admin],
  ]);

describe("plan: the records that a rehearsal takes over", () => {
  for (const system of SYSTEMS)
    it(`are such as the program of ${system} reads`, () => {
      const names = rehearsedSecrets(system, "dev");
      const records = Object.fromEntries(names.map((name) => [name, AT_REST]));
      assert.ok(names.length > 0);
      assert.doesNotThrow(() => readRecords(records, inventory([system], "dev")));
    });
});

describe("plan: a change in the rehearsal", function () {
  this.timeout(ENGINE_MS);

  it("brings up the base from its records and previews the head", async () => {
    const grace = { generation: 5, active: "b", slots: { a: 4, b: 5 }, at: "2026-01-31T12:00:00Z" };
    const rest = { generation: 1, active: "a", slots: { a: 1 } };
    const { resources, steps, failure } = await rehearseChange(
      ["capanel"],
      {
        base: records(grace, rest),
        head: records(
          { ...grace, slots: { b: 5 } },
          { generation: 2, active: "a", slots: { a: 1, b: 2 } },
        ),
      },
      silent,
    );
    assert.equal(failure, null);
    assert.deepEqual([...steps].sort(), [
      "create capanel-admin-b",
      "create capanel-first-superuser-password-g2",
      "delete capanel-secret-key-a",
      "delete capanel-secret-key-store-g4",
      "update capanel-api-service",
    ]);
    assert.deepEqual(readDeployed(resources, inventory(["capanel"], "dev")).get("SECRET_KEY"), [
      { generation: 4, slot: "a", state: "grace" },
      { generation: 5, slot: "b", state: "active" },
    ]);
  });

  it("shows the pack the plain settings of the change, and quotes none", async () => {
    const rest = { generation: 1, active: "a", slots: { a: 1 } };
    const at = records(rest, rest);
    const change = { base: at, head: at, config: { "shop:dbPassword": "vK8hT2mQ9xR4wZ7c" } };
    const { failure } = await rehearseChange(["capanel"], change, silent);
    assert.match(failure ?? "", /no-plain-configuration-as-credential/);
    assert.doesNotMatch(failure ?? "", /vK8hT2mQ9xR4wZ7c/);
  });

  it("tells why the engine refuses a change, and leaves nothing behind", async () => {
    const rest = { generation: 1, active: "a", slots: { a: 1 } };
    const { failure } = await rehearseChange(
      ["capanel"],
      {
        base: records(rest, rest),
        head: records({ generation: 2, active: "b", slots: { b: 2 } }, rest),
      },
      silent,
    );
    assert.match(failure ?? "", /protected/);
  });
});
