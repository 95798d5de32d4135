import assert from "node:assert/strict";
import type { RotationRecord } from "../../../components/rotation";
import { awsSecretsManagerStore as store } from "../../../operator/convergence/aws-secrets-manager";
import type { HeldVersion, Reading, StoreEntry } from "../../../operator/convergence/store";
import { judge } from "../../../operator/convergence/verdict";
import { config, resource, stubbed } from "./stub";

const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:project/prod/JWT_SECRET-AbCdEf";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const version = (name: string, id: string, more = {}) =>
  resource(VERSION, name, { id: `${ARN}|${id}`, inputs: { secretId: ARN }, ...more });

const SECRET = resource("aws:secretsmanager/secret:Secret", "jwt-secret", {
  id: ARN,
  inputs: { name: "project/prod/JWT_SECRET" },
});
const RECORD: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
const STATE = [
  SECRET,
  version("jwt-g1", "v1"),
  version("jwt-g2", "v2", { protect: true }),
  version("jwt-current-g2", "c2"),
];
const VALUES: Readonly<Record<string, string>> = {
  v1: "value-one",
  v2: "value-two",
  c2: "value-two",
  hand: "value-by-hand",
};
const LABELS = { v1: ["rekey-g1"], v2: ["rekey-g2"], c2: ["AWSCURRENT"], old: ["AWSPREVIOUS"] };

function only(entries: readonly StoreEntry[]): StoreEntry {
  assert.equal(entries.length, 1);
  return entries[0] as StoreEntry;
}

interface Held {
  readonly reading: Reading | undefined;
  readonly undo: (held: HeldVersion) => string;
}

/** What is read where the service gives these labels. */
function held(
  labels: Readonly<Record<string, readonly string[]>>,
  entry: StoreEntry,
  more = {},
  values = VALUES,
) {
  return stubbed(
    ({ headers, body }) => {
      const call = String(headers["x-amz-target"]).split(".")[1];
      const { VersionId } = JSON.parse(body) as { VersionId?: string };
      if (call === "DescribeSecret")
        return [200, { ARN, VersionIdsToStages: labels, Tags: [], ...more }];
      assert.equal(call, "GetSecretValue");
      return [200, { ARN, VersionId, SecretString: values[VersionId ?? ""] }];
    },
    async (url): Promise<Held> => {
      const reader = store.reader(settings(url));
      try {
        return { reading: await reader.read(entry), undo: (one) => reader.undo(entry, one) };
      } finally {
        reader.close();
      }
    },
  );
}

const settings = (url: string) =>
  config({
    "aws:region": "eu-west-1",
    "aws:accessKey": "example-access",
    "aws:secretKey": "example-secret",
    "aws:endpoints": JSON.stringify([{ secretsmanager: url }]),
  });

const judged = (entry: StoreEntry, { reading, undo }: Held, record = RECORD) =>
  judge(entry, reading, { record, undo, taken: new Set(), interrupted: false });

describe("convergence: AWS Secrets Manager", () => {
  it("finds entries with the versions that the state has, and which one is AWSCURRENT", () => {
    assert.deepEqual(only(store.entries(STATE)), {
      kind: "aws-secrets-manager",
      name: "project/prod/JWT_SECRET",
      at: { arn: ARN, name: "project/prod/JWT_SECRET" },
      known: [
        { generation: 1, versionId: "v1", active: false, current: false },
        { generation: 2, versionId: "v2", active: true, current: false },
        { generation: 2, versionId: "c2", active: true, current: true },
      ],
    });
  });

  it("reads what our labels and AWSCURRENT are on, and nothing else", async () => {
    const entry = only(store.entries(STATE));
    const found = await held(LABELS, entry);
    assert.equal(found.reading?.active, 2);
    assert.deepEqual(
      found.reading?.versions.map(({ versionId, generation, value, current }) => [
        versionId,
        generation,
        value?.reveal(),
        current,
      ]),
      [
        ["v1", 1, "value-one", false],
        ["v2", 2, "value-two", false],
        ["c2", 2, "value-two", true],
      ],
    );
    assert.deepEqual(judged(entry, found), { verdict: "equal" });
  });

  it("compares the password of a credential alone, as the other stores keep it, and an older form as it is", async () => {
    const component = resource("rekey:index:AwsSecretsManager", "jwt", {
      inputs: { credential: true },
    });
    const entry = only(store.entries([component, ...STATE]));
    const login = JSON.stringify({ username: "app_b", password: "value-two" });
    const found = await held(LABELS, entry, {}, { ...VALUES, v2: login, c2: login });
    assert.deepEqual(
      found.reading?.versions.map(({ value }) => value?.reveal()),
      ["value-one", "value-two", "value-two"],
    );
    const whole = only(store.entries(STATE));
    const { reading } = await held(LABELS, whole, {}, { ...VALUES, v2: login });
    assert.equal(reading?.versions[1]?.value?.reveal(), login);
  });

  it("notices that AWSCURRENT was moved by hand, to a new value or to a known one", async () => {
    const entry = only(store.entries(STATE));
    const fresh = judged(entry, await held({ ...LABELS, c2: [], hand: ["AWSCURRENT"] }, entry));
    assert.equal(fresh.verdict, "changed by hand");
    assert.match(
      fresh.fix ?? "",
      /update-secret-version-stage --secret-id project\/prod\/JWT_SECRET --version-stage AWSCURRENT --remove-from-version-id hand --move-to-version-id c2/,
    );
    const back = { ...LABELS, c2: [], v1: ["rekey-g1", "AWSCURRENT"] };
    assert.equal(judged(entry, await held(back, entry)).verdict, "changed by hand");
  });

  it("notices that a label of ours was put on another version", async () => {
    const entry = only(store.entries(STATE));
    const moved = await held({ ...LABELS, v2: [], hand: ["rekey-g2"] }, entry);
    assert.equal(judged(entry, moved).verdict, "changed by hand");
  });

  it("calls an entry that is being deleted missing", async () => {
    const entry = only(store.entries(STATE));
    const { reading } = await held(LABELS, entry, { DeletedDate: 1_700_000_000 });
    assert.equal(reading, undefined);
  });

  it("takes the generation of a secret that a function rotates from its labels", async () => {
    const inputs = { secretId: ARN, versionStages: ["AWSCURRENT", "rekey-g1", "rekey-declared"] };
    const entry = only(store.entries([SECRET, version("jwt-g1", "v1", { inputs, protect: true })]));
    const rotated = { v1: ["rekey-declared", "rekey-g1"], c2: ["AWSCURRENT", "rekey-g4"] };
    const found = await held(rotated, entry);
    assert.equal(found.reading?.active, 4);
    assert.deepEqual(judged(entry, found), { verdict: "equal" });
    const byHand = await held({ v1: ["rekey-declared"], hand: ["AWSCURRENT"] }, entry);
    assert.equal(judged(entry, byHand).verdict, "changed by hand");
  });

  it("tells why it could not ask, without what the service said", async () => {
    const entry = only(store.entries(STATE));
    await stubbed(
      () => [400, { __type: "AccessDeniedException", Message: "canary-in-a-message" }],
      async (url) => {
        const reader = store.reader(settings(url));
        await assert.rejects(reader.read(entry), (error: Error) => {
          assert.match(error.message, /DescribeSecret on arn:.*: 400 AccessDeniedException/);
          assert.doesNotMatch(error.message, /canary/);
          return true;
        });
        reader.close();
      },
    );
  });

  it("names the setting that is of no use", () => {
    assert.throws(() => store.reader(config({ "aws:region": "eu-west-1", "aws:endpoints": "x" })), {
      message: /aws:endpoints/,
    });
  });
});
