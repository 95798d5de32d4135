import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { AT_REST, MOVES } from "../../components/rotation";
import { BlockStyle, EditRefused, YAML_OPTIONS, editYaml } from "../../operator/yaml-edit";
import { PlainMap, flowText } from "../../operator/yaml-text";
import { attempt, history } from "../components/model";

const block: BlockStyle = (path) => path.length <= 2;
const read = (text: string) => (parse(text, YAML_OPTIONS) ?? {}) as PlainMap;

/** The text after setting one record, the rest of the document as it is. */
function withRecord(text: string, name: string, record: PlainMap | undefined): string {
  const content = read(text);
  const config = (content.config ?? {}) as PlainMap;
  const records = { ...((config.records ?? {}) as PlainMap) };
  delete records[name];
  const target = {
    ...content,
    config: { ...config, records: { ...records, ...(record ? { [name]: record } : {}) } },
  };
  return editYaml(text, target, block);
}

describe("editing YAML in place", () => {
  const after = { generation: 5, active: "b", slots: { a: 4, b: 5 } };

  it("touches nothing but the values that differ: comments, order, quotes and columns stay", () => {
    const text = `# top
config:
  'quoted':   "as it is"     # why
  records:
    A:        { generation: 4,   active: a, slots: {a: 4} }   # at rest
    "B":      { generation: 1, active: 'a', slots: { a: 1 } }


  z: [1,2,  3]
`;
    assert.equal(
      withRecord(text, "A", after),
      text
        .replace("generation: 4,   active: a", "generation: 5,   active: b")
        .replace("{a: 4}", "{a: 4, b: 5}"),
    );
  });

  it("edits a record written as a block line by line, comments beside it included", () => {
    const text = `config:
  records:
    A:
      # counted by hand
      generation: 4 # four
      active: a
      slots:
        a: 4 # kept
      reason: old
    # about B
    B: { generation: 1, active: a, slots: { a: 1 } }
`;
    assert.equal(
      withRecord(text, "A", { ...after, at: "2026-01-31T12:00:00Z" }),
      `config:
  records:
    A:
      # counted by hand
      generation: 5 # four
      active: b
      slots:
        a: 4 # kept
        b: 5
      at: "2026-01-31T12:00:00Z"
    # about B
    B: { generation: 1, active: a, slots: { a: 1 } }
`,
    );
  });

  const NEW = "    A: { generation: 5, active: b, slots: { a: 4, b: 5 } }";
  const additions: Record<string, [before: string, after: string]> = {
    "where there are none": ["config:\n  x: 1\n", `config:\n  x: 1\n  records:\n${NEW}\n`],
    "where the setting is empty": [
      "config:\n  records: # none yet\n  x: 1\n",
      `config:\n  records: # none yet\n${NEW}\n  x: 1\n`,
    ],
    "where the setting is an empty map": [
      "config:\n  records: {}\n  x: 1\n",
      `config:\n  records:\n${NEW}\n  x: 1\n`,
    ],
    "where config is absent": [
      "encryptionsalt: v1:abc=\n",
      `encryptionsalt: v1:abc=\nconfig:\n  records:\n${NEW}\n`,
    ],
    "where config is empty": ["config:\n", `config:\n  records:\n${NEW}\n`],
    "where config is an empty map": ["config: {}\n", `config:\n  records:\n${NEW}\n`],
    "into an empty file": ["", `config:\n  records:\n${NEW}\n`],
    "into a file of comments, without a final newline": [
      "# only",
      `# only\nconfig:\n  records:\n${NEW}\n`,
    ],
    "after another one, without a final newline": [
      "config:\n  records:\n    B: {}",
      `config:\n  records:\n    B: {}\n${NEW}`,
    ],
    "with the line ends of the file": [
      "config:\r\n  records:\r\n    B: { a: 1 } # b\r\n  x: 1\r\n",
      `config:\r\n  records:\r\n    B: { a: 1 } # b\r\n${NEW}\r\n  x: 1\r\n`,
    ],
    "with the indentation of its neighbours": [
      "config:\n    records:\n          B: {}\n",
      `config:\n    records:\n          B: {}\n      ${NEW}\n`,
    ],
    "after a byte order mark": [
      "\ufeffconfig:\n  records:\n    B: {}\n",
      `\ufeffconfig:\n  records:\n    B: {}\n${NEW}\n`,
    ],
    "into a map in braces": [
      "config: { x: 1, records: { B: {} } }\n",
      "config: { x: 1, records: { B: {}, A: { generation: 5, active: b, slots: { a: 4, b: 5 } } } }\n",
    ],
    "after a text of several lines": [
      "config:\n  records:\n    B:\n      reason: |\n        one\n        two\n  x: 1\n",
      `config:\n  records:\n    B:\n      reason: |\n        one\n        two\n${NEW}\n  x: 1\n`,
    ],
  };
  for (const [where, [before, expected]] of Object.entries(additions))
    it(`adds a record ${where}`, () => assert.equal(withRecord(before, "A", after), expected));

  const removals: Record<string, [before: string, after: string]> = {
    "the only one in braces": ["config: { records: { A: { x: 1 } } }", "config: { records: {  } }"],
    "the first in braces": [
      "config: { records: { A: 1, B: 2, C: 3 } }",
      "config: { records: { B: 2, C: 3 } }",
    ],
    "the last in braces": [
      "config: { records: { B: 2, C: 3, A: 1, } } # c",
      "config: { records: { B: 2, C: 3, } } # c",
    ],
    "one of several lines, with the comment beside it": [
      "config:\n  records:\n    B: 2\n    A: # gone\n      x: 1 # gone too\n    # about C\n    C: 3\n",
      "config:\n  records:\n    B: 2\n    # about C\n    C: 3\n",
    ],
    "the last line of a file without a final newline": [
      "config:\n  records:\n    B: 2\n    A: 1",
      "config:\n  records:\n    B: 2\n",
    ],
  };
  for (const [which, [before, expected]] of Object.entries(removals))
    it(`removes ${which}`, () => assert.equal(withRecord(before, "A", undefined), expected));

  it("leaves ciphertexts and the engine's own keys alone", () => {
    const text = `secretsprovider: gcpkms://projects/example-project/locations/global/keyRings/r/cryptoKeys/k
encryptedkey: AbC+/==
config:
  x:
    secure: v1:Gq+Af+vrPbo=:v1:abc
  y: {secure:   v1:def}
  records: {}
`;
    const result = withRecord(text, "A", after);
    assert.equal(result, text.replace("records: {}", `records:\n${NEW}`));
  });

  it("gives an alias a record of its own instead of changing what it stands for", () => {
    const text = "config:\n  records:\n    B: &b { generation: 1 }\n    A: *b # same\n";
    assert.equal(
      withRecord(text, "A", { generation: 2 }),
      "config:\n  records:\n    B: &b { generation: 1 }\n    A: { generation: 2 } # same\n",
    );
  });

  it("refuses to change a record that an alias repeats elsewhere", () => {
    const text = "config:\n  records:\n    A: &a { generation: 1 }\n    B: *a\n";
    assert.throws(
      () => withRecord(text, "A", { generation: 2 }),
      (error: unknown) => error instanceof EditRefused && error.offset === text.indexOf("{"),
    );
    assert.throws(() => withRecord(text, "A", undefined), EditRefused);
  });

  it("adds own keys beside merged ones, and refuses to remove a merged one", () => {
    const text =
      "base: &base { active: a }\nconfig:\n  records:\n    A:\n      <<: *base\n      generation: 1\n";
    assert.equal(
      withRecord(text, "A", { active: "a", generation: 2, reason: "x" }),
      `${text.replace("generation: 1", "generation: 2")}      reason: x\n`,
    );
    assert.throws(() => withRecord(text, "A", { generation: 1 }), EditRefused);
  });

  it("quotes whatever a reader of YAML 1.1 or 1.2 could take for something else", () => {
    for (const text of [
      "yes",
      "N",
      "on",
      "null",
      "1e3",
      "007",
      "2026-01-31T12:00:00Z",
      "a: b",
      "# c",
      "",
      " x",
      "é\u2028\u0085",
    ])
      assert.equal(flowText(text)[0], '"', text);
    assert.equal(
      flowText({ a: "plain-word", "rekey:x": [true, null, 1] }),
      '{ a: plain-word, "rekey:x": [true, null, 1] }',
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 12 }).filter((text) => !/\p{Surrogate}/u.test(text)),
        (text) => {
          assert.deepEqual(parse(`x: ${flowText(text)}`), { x: text });
          assert.deepEqual(parse(`x: ${flowText(text)}`, { version: "1.1" }), { x: text });
        },
      ),
      { numRuns: 30 },
    );
  });

  it("says the record after every move of every history, whatever the style it began in", () => {
    const styles = [
      "config:\n  records:\n    A: { generation: 1, active: a, slots: { a: 1 } } # c\n    B: 2\n",
      "config:\n  records:\n    A:\n      generation: 1\n      active: a\n      slots:\n        a: 1\n    B: 2\n",
      "config: {records: {A: {generation: 1, active: a, slots: {a: 1}}, B: 2}}",
      'config:\r\n  "records":\r\n    B: 2\r\n    A: {generation: 1,\r\n      active: "a",\r\n      slots: {a: 1}\r\n      }',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...styles), history, (style, { slots, moves }) => {
        let text = style;
        let record = AT_REST;
        for (const [move, said] of moves.slice(0, 8)) {
          record = attempt(record, move, slots, said).record;
          text = withRecord(text, "A", record as unknown as PlainMap);
        }
        const { config } = read(text) as { config: { records: PlainMap } };
        assert.deepEqual(config.records, { A: record, B: 2 });
      }),
      { numRuns: 25 },
    );
    assert.equal(MOVES.length, 6);
  });
});
