import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cellsOf, isFound, judge } from "../../bench/policies/cells";
import { negatives } from "../../bench/policies/negatives";
import { origins } from "../../bench/policies/origins";
import { places } from "../../bench/policies/places";
import { scoreOf } from "../../bench/policies/table";
import { kinds } from "../../bench/policies/values";
import { tokenForms } from "../../policies/token-forms";

const FULL = process.env["REKEY_MATRIX"] === "full";
/** Of the programs of the benchmark, how many are judged in a usual run. Prime to the numbers of kinds, places and origins. */
const EVERY = FULL ? 1 : 37;
const DOCUMENT = join(__dirname, "../../docs/policies-recall-and-precision.md");

describe("recall and precision of the policy pack", function () {
  this.timeout(600_000);
  const { cells } = cellsOf();

  it("is measured on enough kinds, places and origins", () => {
    assert.ok(kinds.length >= 40 && places.length >= 15 && origins.length >= 8);
    assert.ok(tokenForms >= 40 && Object.keys(negatives).length >= 6);
    const lookalikes = cells.filter(({ lookalike }) => lookalike);
    assert.ok(lookalikes.some(({ kind, byReference }) => kind === "secretKeyRef" && byReference));
    assert.ok(lookalikes.filter(({ harmless }) => harmless !== true).length >= 40);
  });

  it("is at least 0.99 each, and no message holds a value", async () => {
    const sample = cells.filter((_, index) => index % EVERY === 0);
    const found: boolean[] = [];
    for (const cell of sample) {
      const violations = await judge(cell);
      found.push(isFound(cell, violations));
      const value = kinds.find(({ kind }) => kind === cell.kind)?.value;
      for (const { message } of violations)
        assert.ok(value === undefined || !message.includes(value));
    }
    const { recall = 0, precision = 0 } = scoreOf(sample, { tool: "this pack", found });
    assert.ok(recall >= 0.99, `recall ${recall}`);
    assert.ok(precision >= 0.99, `precision ${precision}`);
  });

  it("stands in docs/ as the script writes it, for as many programs", () => {
    const document = readFileSync(DOCUMENT, "utf8");
    assert.ok(
      document.includes(`${cells.length} programs.`),
      "run bench/policies/recall.ts --write again, see bench/policies/README.md",
    );
  });
});
