import assert from "node:assert/strict";
import { PROJECT } from "../../rehearsal/clouds/google/fixture";
import { GoogleStack, documentOf, googleStack } from "./google-stack";

interface Keys {
  readonly keys: readonly { id: string; account: string; deleted: boolean }[];
  readonly error: { message: string; fix: string };
}

const ENGINE_MS = 900_000;

describe("rekey keys, on the real engine and the fake of Google Cloud", function () {
  this.timeout(ENGINE_MS);
  let stack: GoogleStack;
  let account: string;
  const idOf = (name: string) => String(name.split("/").at(-1));

  before(async () => {
    stack = await googleStack();
    account = (await stack.google.client.iam.createAccount(PROJECT, "capanel-api", {})).name;
  });
  after(() => stack?.stop());

  const makeKey = async () => idOf((await stack.google.client.iam.createKey(account)).name);
  const liveKeys = async () =>
    (await stack.google.client.iam.listKeys(account)).map(({ name }) => idOf(name));

  /** Puts a key into the state, as an update of a stack that declares one does. */
  function declare(id: string): void {
    const exported = JSON.parse(stack.pulumi(["stack", "export", "-s", "prod"])) as {
      deployment: { resources?: object[] };
    };
    const resource = {
      urn: "urn:pulumi:prod::rekey::gcp:serviceaccount/key:Key::capanel-api-identity-key",
      ...{ custom: true, type: "gcp:serviceaccount/key:Key", id: `${account}/keys/${id}` },
    };
    exported.deployment.resources = [...(exported.deployment.resources ?? []), resource];
    stack.pulumi(["stack", "import", "-s", "prod"], JSON.stringify(exported));
  }

  it("lists a key that a person made, deletes it on request, and touches no declared one", async () => {
    const none = await stack.rekey(["keys"]);
    assert.equal(none.code, 0, none.stderr);
    assert.match(none.stdout, /no service-account key outside the stack/);
    const [foreign, other, declared] = [await makeKey(), await makeKey(), await makeKey()];
    declare(declared);

    const listed = await stack.rekey(["keys", "--json"]);
    assert.equal(listed.code, 0, listed.stdout);
    const { keys } = documentOf<Keys>(listed);
    assert.deepEqual(keys.map(({ id }) => id).sort(), [foreign, other].sort());
    assert.ok(keys.every((key) => key.account.startsWith("capanel-api@") && !key.deleted));

    const refused = await stack.rekey(["keys", "--delete", foreign, declared, "--json"]);
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(documentOf<Keys>(refused).error.message, /declared in the stack; nothing was/);
    assert.match(documentOf<Keys>(refused).error.fix, /serviceAccountKeys/);
    assert.equal((await liveKeys()).length, 3, "a refused command deleted a key");

    const deleted = await stack.rekey(["keys", "--delete", foreign]);
    assert.equal(deleted.code, 0, deleted.stderr);
    assert.match(deleted.stdout, new RegExp(`^${foreign} .*deleted`, "m"));
    assert.deepEqual((await liveKeys()).sort(), [other, declared].sort());

    const again = await stack.rekey(["keys", "--delete", foreign, "--json"]);
    assert.equal(again.code, 2, again.stdout);
    assert.match(documentOf<Keys>(again).error.message, /no key with this id/);
  });
});
