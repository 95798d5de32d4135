import assert from "node:assert/strict";
import { z } from "zod";
import { RULE_IDS } from "../../../operator/plan/rules";
import { sarifOf } from "../../../operator/plan/sarif";
import { planned } from "./given";

/** What GitHub's code scanning requires of SARIF 2.1.0, and what it documents as read. */
const text = z.strictObject({ text: z.string().min(1).max(1024) });
const level = z.enum(["none", "note", "warning", "error"]);
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string().min(1),
            semanticVersion: z.string().regex(/^\d+\.\d+\.\d+/),
            rules: z.array(
              z.strictObject({
                id: z.string().min(1),
                name: z.string().max(255),
                shortDescription: text,
                fullDescription: text,
                help: text,
                defaultConfiguration: z.strictObject({ level }),
                properties: z.strictObject({ tags: z.array(z.string()) }),
              }),
            ),
          }),
        }),
        automationDetails: z.strictObject({ id: z.string().endsWith("/") }),
        columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
        results: z.array(
          z.strictObject({
            ruleId: z.string(),
            ruleIndex: z.number().int().min(0),
            level,
            message: z.strictObject({ text: z.string().min(1) }),
            locations: z
              .array(
                z.strictObject({
                  physicalLocation: z.strictObject({
                    artifactLocation: z.strictObject({
                      uri: z.string().regex(/^(?!\/)[^\\]+$/),
                      uriBaseId: z.literal("%SRCROOT%"),
                    }),
                    region: z.strictObject({ startLine: z.number().int().min(1) }),
                  }),
                }),
              )
              .min(1),
            partialFingerprints: z.record(z.string(), z.string().min(1)),
          }),
        ),
      }),
    )
    .length(1),
});

const bumped = { generation: 2, active: "a", slots: { a: 2 } };

function document(head: Parameters<typeof planned>[0]["head"], base = {}) {
  return sarif.parse(sarifOf(planned({ base, head }), "0.1.0"));
}

describe("plan: SARIF", () => {
  it("has what code scanning requires, with findings and without", () => {
    assert.ok(document({ SECRET_KEY: bumped }).runs[0]?.results.length);
    assert.equal(document({}).runs[0]?.results.filter((one) => one.level === "error").length, 0);
  });

  it("refers to rules that it lists, at their index, and lists them all", () => {
    const [run] = document({ SECRET_KEY: bumped }).runs;
    const rules = run?.tool.driver.rules ?? [];
    assert.deepEqual(
      rules.map(({ id }) => id),
      RULE_IDS,
    );
    for (const { ruleId, ruleIndex } of run?.results ?? [])
      assert.equal(rules[ruleIndex]?.id, ruleId);
  });

  it("points at the record's line in the settings file", () => {
    const [run] = document({ CLOUD_SQL_PASSWORD: bumped, SECRET_KEY: bumped }).runs;
    const places = run?.results
      .filter(({ ruleId }) => ruleId === "active-slot-bumped")
      .map(({ locations }) => locations[0]?.physicalLocation);
    assert.deepEqual(
      places?.map((place) => [place?.artifactLocation.uri, place?.region.startLine]),
      [
        ["Pulumi.prod.yaml", 5],
        ["Pulumi.prod.yaml", 6],
      ],
    );
  });

  it("gives a finding the same fingerprint when its line moves, and others another one", () => {
    const prints = (head: Parameters<typeof planned>[0]["head"]) =>
      document(head).runs[0]?.results.map(({ ruleId, partialFingerprints }) => [
        ruleId,
        Object.values(partialFingerprints)[0],
      ]) ?? [];
    const alone = prints({ SECRET_KEY: bumped });
    const moved = prints({ CLOUD_SQL_PASSWORD: bumped, SECRET_KEY: bumped });
    for (const one of alone.filter(([rule]) => rule === "active-slot-bumped"))
      assert.ok(moved.some((other) => other[1] === one[1]));
    assert.equal(new Set(moved.map(([, print]) => print)).size, moved.length);
  });
});
