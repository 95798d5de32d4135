import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { SecretDeclaration } from "../../components";
import { RekeyError } from "../../operator/errors";
import { readValue } from "../../operator/intake";

const SECRET: SecretDeclaration = {
  ...{ name: "STRIPE_KEYS", class: "api-key-pair", system: "example", group: "payments" },
  ...{ accepts: "one", source: "external", stores: [], consumers: [] },
  ...{ interruption: "none", interruptionInOneUpdate: "none" },
  parts: ["publishable", "secret"],
} as const;
const CANARY = "canary-of-a-key";

/** Reads a value that is piped in. */
async function piped(text: string): Promise<string> {
  const found = Object.getOwnPropertyDescriptor(process, "stdin") as PropertyDescriptor;
  Object.defineProperty(process, "stdin", { configurable: true, value: Readable.from([text]) });
  try {
    return (await readValue(SECRET, { stdin: true })).reveal();
  } finally {
    Object.defineProperty(process, "stdin", found);
  }
}

describe("operator/intake: a value of several parts", () => {
  it("takes them as one JSON object and keeps them in one form, so that equal pairs are equal texts", async () => {
    const kept = '{"publishable":"pk","secret":"sk"}';
    assert.equal(await piped('{ "secret": "sk", "publishable": "pk" }\n'), kept);
    assert.equal(await piped(kept), kept);
  });

  for (const text of [CANARY, `{"publishable":"${CANARY}"}`, `{"secret":"${CANARY}`])
    it(`refuses ${text.replace(CANARY, "…")}, says the form and quotes nothing`, async () => {
      await assert.rejects(piped(text), (error: unknown) => {
        assert.ok(error instanceof RekeyError);
        assert.equal(error.code, "unfit-value");
        assert.match(JSON.stringify(error), /publishable/);
        assert.ok(!JSON.stringify(error).includes(CANARY) && !error.message.includes(CANARY));
        return true;
      });
    });
});
