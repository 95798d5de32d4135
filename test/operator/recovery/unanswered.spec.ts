import assert from "node:assert/strict";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Planned } from "../../../operator/events";
import { settleUnanswered } from "../../../operator/recovery";
import { UNREAD } from "../../../operator/recovery/state";
import { type MadeState, cloudWith, stackWith, urnOf } from "./stack";

const ROLE = "aws:iam/role:Role";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:project/key-AbCdEf";
const NOW = { startTime: new Date(), endTime: new Date() };
const FAILED = { kind: "update", result: "failed", ...NOW } as const;
const MASKED = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "[secret]",
};

const planned = (
  operation: string,
  { type = ROLE, name = "rotate", inputs = { name: "rotate" } } = {},
): Planned => {
  const urn = urnOf({ type, name });
  const wanted = { urn, type, inputs, parent: "", provider: "one", protect: true };
  return { operation, type, name, urn, ...(operation === "delete" ? {} : { wanted }) };
};

/** Settles what a preview announces, where AWS has the role, and a secret whose version has no label. */
async function settled(state: MadeState, ...steps: Planned[]) {
  const made = await stackWith(state);
  const [asked, mended] = [[] as string[], [] as string[]];
  const answering = <T extends object>(client: T, answer: unknown) =>
    Object.assign(client, {
      send: (command: object) => {
        asked.push(command.constructor.name.replace(/Command$/, ""));
        return Promise.resolve(answer);
      },
    });
  const region = { region: "eu-west-1" };
  const live = { Role: { RoleName: "rotate", CreateDate: new Date() } };
  const cloud = cloudWith({
    iam: () => answering(new IAMClient(region), live),
    secretsManager: () => answering(new SecretsManagerClient(region), { ARN }),
  });
  try {
    await settleUnanswered({
      stack: made.stack,
      cloud: () => Promise.resolve(cloud),
      note: (line) => mended.push(line),
      preview: () => {
        asked.push("preview");
        return Promise.resolve(steps);
      },
    });
    return { asked, mended, resources: made.left().resources, refreshed: made.refreshed };
  } finally {
    await made.remove();
  }
}

describe("operator/recovery: what updates that failed may have done", () => {
  it("is not looked for where the last update went through", async () => {
    const history = [{ ...FAILED, result: "succeeded" as const }];
    const { asked } = await settled({ resources: [], history }, planned("create"));
    assert.deepEqual(asked, []);
  });

  it("becomes a resource of the state with what the program declares, and is read then", async () => {
    const step = planned("create");
    const { mended, resources, refreshed } = await settled(
      { resources: [], history: [FAILED] },
      step,
    );
    assert.deepEqual(mended, [
      "rotate was made by an update that failed: it exists and is in the state now",
    ]);
    const { urn, type, inputs } = step.wanted ?? assert.fail();
    assert.deepEqual(resources, [
      {
        ...{ urn, type, id: "rotate", custom: true, inputs, outputs: inputs },
        ...{ parent: "", provider: "one", protect: true, initErrors: [UNREAD] },
      },
    ]);
    assert.deepEqual(refreshed, [urn]);
  });

  it("is not looked for among what is updated, or replaced, or of no kind that can be found", async () => {
    const { asked, resources } = await settled(
      { resources: [], history: [FAILED] },
      planned("update"),
      planned("create-replacement"),
      planned("create", { type: "random:index/randomPassword:RandomPassword" }),
    );
    assert.deepEqual([asked, resources], [["preview"], []]);
  });

  it("stays out of the state where the preview does not tell its inputs as they are", async () => {
    for (const hidden of [MASKED, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"]) {
      const inputs = { name: "rotate", tags: [{ hidden }] };
      const { mended, resources } = await settled(
        { resources: [], history: [FAILED] },
        planned("create", { inputs }),
      );
      assert.deepEqual(resources, []);
      assert.deepEqual(mended, [
        "rotate was made by an update that failed, and something refers to it: import rotate, or delete it",
      ]);
    }
  });

  it("is looked for only once the stack's lock could be had", async () => {
    const root = { type: "pulumi:pulumi:Stack", name: "rekey-test" };
    const { refreshed } = await settled(
      { resources: [root], history: [FAILED] },
      planned("create"),
    );
    assert.deepEqual(refreshed, [urnOf(root), urnOf({ type: ROLE, name: "rotate" })]);
  });

  it("makes the state read a version anew whose label is off, and no other", async () => {
    const version = (name: string) => ({
      ...{ type: VERSION, name, id: `${ARN}|${name}` },
      outputs: { versionStages: ["rekey-g1"] },
    });
    const { mended, refreshed } = await settled(
      { resources: [version("key-g1"), version("key-g2")], history: [FAILED] },
      planned("delete", { type: VERSION, name: "key-g1" }),
    );
    assert.deepEqual(refreshed, [urnOf(version("key-g1"))]);
    assert.deepEqual(mended, [
      "key-g1 lost its label by an update that failed: the state knows it now",
    ]);
  });
});
