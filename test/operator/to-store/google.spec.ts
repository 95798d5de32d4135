import assert from "node:assert/strict";
import { parse } from "yaml";
import { SecretText } from "../../../components/secret-text";
import { NoAnswer } from "../../../rehearsal/clouds/google/faults";
import { ENGINE_MS } from "../../support/rehearsal";
import { GoogleStack, documentOf, googleStack } from "../commands/google-stack";
import { PROJECT } from "../../rehearsal/clouds/google/fixture";

const NAME = "VITE_STRAPI_API_KEY";
const ENTRY = `projects/${PROJECT}/secrets/capanel-vite-strapi-api-key`;
const FILE = "Pulumi.prod.yaml";

interface Document {
  readonly moves: readonly { stored?: { store: string; version: string; found: boolean } }[];
  readonly error: { code: string; message: string; fix: string };
}

describe("taking a value in to Google Secret Manager, past the settings file", function () {
  this.timeout(ENGINE_MS);
  let stack: GoogleStack;
  let atRest: string;

  before(async () => {
    stack = await googleStack();
    const first = await taken("intake", "CANARY-first");
    assert.equal(first.code, 0, first.stdout);
    atRest = stack.bench.read(FILE);
  });
  beforeEach(() => stack.bench.write(FILE, atRest));
  after(() => stack?.stop());

  const taken = (command: string, value: string, ...more: string[]) =>
    stack.rekey([command, NAME, "--value-stdin", "--no-validate", "--json", ...more], {}, value);
  const staged = (value: string) => taken("stage", value, "--to-store");
  const manager = () => stack.google.client.secretManager;
  const enabled = async () =>
    (await manager().listVersions(ENTRY, "state:ENABLED")).map(({ name }) =>
      name.split("/").at(-1),
    );
  const external = () => {
    const { config } = parse(stack.bench.read(FILE)) as {
      config: Record<string, Record<string, Record<string, Record<string, unknown>>>>;
    };
    return config["rekey:external"]?.[NAME] ?? {};
  };

  /** Makes the entry anew, with the first generation as an update of the stack left it there and in the state. */
  async function deployed(): Promise<void> {
    await manager()
      .deleteSecret(ENTRY)
      .catch(() => undefined);
    await manager().createSecret(PROJECT, String(ENTRY.split("/").at(-1)), {
      replication: { automatic: {} },
      labels: { "rekey-generation": "1" },
    });
    await manager().addVersion(ENTRY, new SecretText("CANARY-first"));
    const type = "gcp:secretmanager/secretVersion:SecretVersion";
    const urn = `urn:pulumi:prod::rekey::${type}::capanel-vite-strapi-api-key-g1`;
    writeState([{ urn, custom: true, type, id: `${ENTRY}/versions/1` }]);
  }

  function writeState(resources: readonly object[]): void {
    const exported = JSON.parse(stack.pulumi(["stack", "export", "-s", "prod"])) as {
      deployment: { resources?: readonly object[] };
    };
    exported.deployment.resources = resources;
    stack.pulumi(["stack", "import", "-s", "prod"], JSON.stringify(exported));
  }

  it("refuses where no update made the entry, and writes nothing", async () => {
    const ran = await staged("CANARY-second");
    assert.equal(ran.code, 2, ran.stdout);
    assert.equal(documentOf<Document>(ran).error.code, "no-entry");
    assert.equal(stack.bench.read(FILE), atRest);
  });

  it("adds a version, and writes its reference: the value is in no file and no output", async () => {
    await deployed();
    const ran = await staged("CANARY-second\n");
    assert.equal(ran.code, 0, ran.stdout);
    const version = `${ENTRY}/versions/2`;
    assert.equal((await manager().accessVersion(version)).value.reveal(), "CANARY-second");
    const { fingerprint, ...entry } = external()["b"] ?? {};
    assert.deepEqual(entry, { generation: 2, version });
    assert.match(String(fingerprint), /^hmac-sha256:/);
    assert.deepEqual(documentOf<Document>(ran).moves[0]?.stored, {
      store: "google-secret-manager:capanel-vite-strapi-api-key",
      ...{ version, found: false },
    });
    assert.ok(!`${ran.stdout}${ran.stderr}${stack.bench.read(FILE)}`.includes("CANARY"));
    const same = await taken("stage", "CANARY-second", "--to-store");
    assert.equal(same.code, 2, "every slot is taken");
  });

  it("refuses the value in use before it reaches the store", async () => {
    await deployed();
    const ran = await staged("CANARY-first");
    assert.equal(documentOf<Document>(ran).error.code, "same-value", ran.stdout);
    assert.deepEqual(await enabled(), ["1"]);
  });

  it("finds by the same value what a run put there whose answer was lost, and adds no other version", async () => {
    await deployed();
    const { faults } = stack.google.fake;
    faults.after = ({ path }) => {
      if (path.endsWith(":addVersion")) throw new NoAnswer("drop");
    };
    const broken = await staged("CANARY-second");
    faults.after = () => undefined;
    assert.equal(broken.code, 1, broken.stdout);
    assert.equal(documentOf<Document>(broken).error.code, "store");
    assert.equal(stack.bench.read(FILE), atRest);
    assert.deepEqual(await enabled(), ["2", "1"]);
    const again = await staged("CANARY-second");
    assert.equal(again.code, 0, again.stdout);
    assert.equal(documentOf<Document>(again).moves[0]?.stored?.found, true);
    assert.deepEqual(await enabled(), ["2", "1"]);
    assert.ok(!`${broken.stdout}${broken.stderr}${again.stderr}`.includes("CANARY"));
  });

  it("refuses another value beside one that a broken run left, with the command that clears that away", async () => {
    await deployed();
    await manager().addVersion(ENTRY, new SecretText("CANARY-left"));
    const ran = await staged("CANARY-second");
    assert.equal(ran.code, 2, ran.stdout);
    const { error } = documentOf<Document>(ran);
    assert.equal(error.code, "left-behind");
    assert.match(error.fix, /gcloud secrets versions disable 2 --secret=capanel-vite/);
    assert.deepEqual(await enabled(), ["2", "1"]);
    await manager().disableVersion(`${ENTRY}/versions/2`);
    const cleared = await staged("CANARY-second");
    assert.equal(cleared.code, 0, cleared.stdout);
    assert.deepEqual(await enabled(), ["3", "1"]);
  });

  it("disables the version of a generation that is withdrawn before an update took it over", async () => {
    await deployed();
    assert.equal((await staged("CANARY-second")).code, 0);
    const dry = await stack.rekey(["withdraw", NAME, "--dry-run"]);
    assert.equal(dry.code, 0, dry.stderr);
    assert.deepEqual(await enabled(), ["2", "1"]);
    const ran = await stack.rekey(["withdraw", NAME]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(await enabled(), ["1"]);
    assert.deepEqual(Object.keys(external()), ["a"]);
  });

  it("takes a first value that a hand-made entry has already as it is, and adds any other", async () => {
    await deployed();
    writeState([]);
    const bare = atRest.replace(/ {2}rekey:external:\n( {4}.*\n)+/, "");
    for (const [value, version, found] of [
      ["CANARY-first", 1, true],
      ["CANARY-other", 2, false],
    ] as const) {
      stack.bench.write(FILE, bare);
      const ran = await taken("intake", value, "--to-store");
      assert.equal(ran.code, 0, ran.stdout);
      assert.equal(documentOf<Document["moves"][number]>(ran).stored?.found, found);
      assert.equal(external()["a"]?.["version"], `${ENTRY}/versions/${version}`);
    }
  });

  it("refuses the option where no value is wanted", async () => {
    const unused = await stack.rekey(["stage", "SECRET_KEY", "--to-store", "--json"]);
    assert.equal(unused.code, 2);
    assert.match(documentOf<Document>(unused).error.message, /none of these needs a new value/);
    assert.equal(stack.bench.read(FILE), atRest);
  });
});
