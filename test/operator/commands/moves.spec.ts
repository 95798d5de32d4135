import assert from "node:assert/strict";
import { Ran, Workbench, workbench } from "../workbench";

const PROD = "config:\n  rekey:systems: [capanel]\n";

interface Document {
  readonly moves: readonly { readonly interruption: string }[];
  readonly byHand: readonly string[];
  readonly error: { readonly message: string };
}

const json = ({ stdout }: Ran) => JSON.parse(stdout) as Document;

describe("operator/commands/moves: what depends on the stack's settings", () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench({ prod: PROD })));
  afterEach(() => bench.remove());

  it("states the interruption of a database with a single user, which knows one password at a time", async () => {
    const single = "  rekey:capanel: { databaseUsers: single }\n";
    bench.write("Pulumi.prod.yaml", PROD + single);
    const ran = await bench.rekey(["rotate", "CLOUD_SQL_PASSWORD", "--dry-run", "--json"]);
    const [move] = json(ran).moves;
    assert.match(String(move?.interruption), /^log-ins with the old password fail/);
    const status = await bench.rekey(["status", "--json"]);
    assert.equal(status.code, 0, status.stdout);
    bench.write("Pulumi.prod.yaml", PROD);
    const two = await bench.rekey(["rotate", "CLOUD_SQL_PASSWORD", "--dry-run", "--json"]);
    assert.equal(json(two).moves[0]?.interruption, "none");
  });

  it("takes what several secrets need from one map, and says what a person rotates", async () => {
    const many = `config:
  rekey:systems: [mgmt-vibe]
  rekey:credentials: { mgmt-vibe-ssh-key: { secure: v1:ciphertext } }
`;
    bench.write("Pulumi.prod.yaml", many);
    const args = ["rotate", "--readable-by", "operator", "--json"];
    const dry = await bench.rekey([...args, "--dry-run"]);
    assert.equal(dry.code, 0, dry.stdout);
    assert.equal(json(dry).moves.length, 5);
    assert.match(json(dry).byHand[0] ?? "", /mgmt-vibe-ssh-key/);
    const input = JSON.stringify({ OPENAI_API_KEY: "CANARY-of-one" });
    const half = await bench.rekey([...args, "--value-stdin"], { input });
    assert.equal(half.code, 2);
    assert.match(json(half).error.message, /has no value of STRIPE_KEYS/);
    assert.ok(!`${half.stdout}${half.stderr}`.includes("CANARY"));
    assert.equal(bench.read("Pulumi.prod.yaml"), many);
  });
});
