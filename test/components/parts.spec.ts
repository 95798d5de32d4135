import assert from "node:assert/strict";
import fc from "fast-check";
import { readParts, writeParts } from "../../components";

const NAMES = ["publishable", "secret"];
const CANARY = "canary-of-a-part";

function problem(text: string): string {
  const read = readParts(text, NAMES);
  assert.ok("problem" in read, "nothing was refused");
  assert.ok(!read.problem.includes(CANARY), "the problem holds a value");
  return read.problem;
}

describe("components/parts", () => {
  it("reads back what it writes, in one form whatever the order", () => {
    const text = fc.string({ minLength: 1 }).filter((value) => value.trim() !== "");
    fc.assert(
      fc.property(text, text, (publishable, secret) => {
        const written = writeParts({ secret, publishable }, NAMES);
        assert.equal(written, writeParts({ publishable, secret }, NAMES));
        assert.deepEqual(readParts(written, NAMES), { parts: { publishable, secret } });
      }),
    );
  });

  it("refuses a pair of which a part is missing, empty or no text, by the part's name", () => {
    for (const rest of [{}, { secret: "" }, { secret: " \n" }, { secret: 1 }, { secret: null }])
      assert.equal(
        problem(JSON.stringify({ publishable: CANARY, ...rest })),
        "has no text for its part secret",
      );
    assert.equal(problem("{}"), "has no text for its part publishable, secret");
  });

  it("refuses an unknown part without naming it: a value may stand in its place", () => {
    const text = JSON.stringify({ publishable: "p", secret: "s", [CANARY]: CANARY });
    assert.equal(problem(text), "has a part beside publishable, secret");
  });

  for (const text of ["", CANARY, `{"secret": "${CANARY}`, `["${CANARY}"]`, `"${CANARY}"`, "null"])
    it(`refuses ${JSON.stringify(text.replace(CANARY, "…"))} and quotes nothing of it`, () => {
      assert.equal(problem(text), "is no JSON object with the parts publishable, secret");
    });
});
