import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { RekeyError } from "../../operator/errors";
import { WantedValues, readValues } from "../../operator/intake-map";
import { inventory } from "../../stacks/inventory";

const CANARY = "canary-of-a-key";
const secrets = inventory(["mgmt-vibe"]).filter(({ source }) => source === "external");
const [openai] = secrets;
assert.ok(openai);

/** What is read where this is piped in. */
async function piped(text: string, how: WantedValues): Promise<Record<string, string>> {
  const found = Object.getOwnPropertyDescriptor(process, "stdin") as PropertyDescriptor;
  Object.defineProperty(process, "stdin", { configurable: true, value: Readable.from([text]) });
  try {
    const values = await readValues(how);
    return Object.fromEntries([...values].map(([name, value]) => [name, value.reveal()]));
  } finally {
    Object.defineProperty(process, "stdin", found);
  }
}

describe("operator/intake-map: new values of several secrets on standard input", () => {
  const pair = { publishable: "pk", secret: "sk" };

  it("takes a map by secret's name; parts are an object or its text", async () => {
    const expected = { OPENAI_API_KEY: "sk-1", STRIPE_KEYS: JSON.stringify(pair) };
    for (const parts of [pair, JSON.stringify(pair)])
      assert.deepEqual(
        await piped(JSON.stringify({ STRIPE_KEYS: parts, OPENAI_API_KEY: "sk-1" }), {
          wanted: secrets,
        }),
        expected,
      );
  });

  it("takes the one value that is wanted as it is, or by its name; JSON that is the value stays the value", async () => {
    const wanted = [openai];
    const read = async (text: string) => (await piped(text, { wanted }))["OPENAI_API_KEY"];
    assert.equal(await read("sk-1\n"), "sk-1");
    assert.equal(await read('{"OPENAI_API_KEY":"sk-1"}\n'), "sk-1");
    assert.equal(await read('{"type":"key","id":"1"}'), '{"type":"key","id":"1"}');
  });

  it("takes the whole map again where a part of it was taken in before", async () => {
    const known = secrets.map(({ name }) => name);
    const text = JSON.stringify({ OPENAI_API_KEY: "sk-1", STRIPE_KEYS: pair });
    assert.deepEqual(await piped(text, { wanted: [openai], known }), { OPENAI_API_KEY: "sk-1" });
  });

  const refused: Record<string, string> = {
    "a bare value": CANARY,
    "a map without one of them": JSON.stringify({ OPENAI_API_KEY: CANARY }),
    "a name that is not wanted": JSON.stringify({
      ...{ OPENAI_API_KEY: "sk-1", STRIPE_KEYS: pair },
      [CANARY]: "x",
    }),
    "an empty value": JSON.stringify({ OPENAI_API_KEY: " ", STRIPE_KEYS: pair }),
    "a part that is missing": JSON.stringify({
      OPENAI_API_KEY: CANARY,
      STRIPE_KEYS: { secret: CANARY },
    }),
    "a number": `{"OPENAI_API_KEY":12,"STRIPE_KEYS":{"secret":"${CANARY}"}}`,
    "broken JSON": `{"OPENAI_API_KEY":"${CANARY}`,
  };
  for (const [what, text] of Object.entries(refused))
    it(`refuses ${what} and quotes nothing of it`, async () => {
      await assert.rejects(piped(text, { wanted: secrets }), (error: unknown) => {
        assert.ok(error instanceof RekeyError);
        assert.deepEqual([error.code, error.exitCode], ["unfit-value", 2]);
        assert.ok(!`${JSON.stringify(error)}${error.message}`.includes(CANARY));
        return true;
      });
    });
});
