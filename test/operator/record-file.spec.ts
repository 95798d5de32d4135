import assert from "node:assert/strict";
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXTERNAL } from "../../components/external";
import { ROTATIONS } from "../../components/records";
import { RekeyError } from "../../operator/errors";
import {
  parseStackFile,
  readStackFile,
  withChanges,
  writeStackFile,
} from "../../operator/record-file";

const RECORD = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
const CANARY = "v1:CANARYcanary/+==";

function refusal(act: () => unknown): RekeyError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof RekeyError, String(error));
    return error;
  }
  assert.fail("nothing was refused");
}

describe("the settings file: what is refused", () => {
  const illegal: Record<string, [text: string, line: number, says: RegExp]> = {
    "a duplicate key": ["config:\n  a: 1\n  b: 2\n  a: 3\n", 4, /second time/],
    "a tab as indentation": ["config:\n\ta: 1\n", 2, /tab/],
    "a merge conflict": [
      "config:\n<<<<<<< HEAD\n  a: 1\n=======\n  a: 2\n>>>>>>> other\n",
      2,
      /merge conflict/,
    ],
    "a merge conflict with carriage returns": ["a: 1\r\n=======\r\nb: 1\r\n", 2, /merge conflict/],
    "a bracket that is not closed": ["config:\n  a: { b: 1\n  c: 2\n", 3, /bracket/],
    "a quote that is not closed": ["config:\n  a: 'b\n", 3, /quote/],
    "a value that begins with a reserved character": ["config:\n  a: @b\n", 2, /reserves/],
    "two values on a line": ["config:\n  a: b: c\n", 2, /second `key: value`/],
    "a second document": ["a: 1\n---\nb: 2\n", 2, /second document/],
    "an alias of nothing": ["config:\n  a: *b\n", 1, /alias/],
    "a list": ["- a\n", 1, /no map/],
    "a config that is no map": ["# c\nconfig: [a]\n", 2, /no map/],
  };
  for (const [what, [text, line, says]] of Object.entries(illegal))
    it(`${what}, with its line`, () => {
      const error = refusal(() => parseStackFile("/x/Pulumi.prod.yaml", text));
      assert.equal(error.exitCode, 2);
      assert.equal(error.path, "/x/Pulumi.prod.yaml");
      assert.match(error.message, says);
      assert.match(error.message, new RegExp(`^Pulumi\\.prod\\.yaml, line ${line}: `));
      assert.ok(error.allowed && error.fix);
    });

  it("never quotes the line that is wrong", () => {
    const broken = [
      `config:\n  a:\n    secure: ${CANARY}\n   secure: ${CANARY}\n`,
      `config:\n  a: { secure: ${CANARY} b: 1 }\n`,
      `config:\n  a: { secure: ${CANARY}\n`,
      `config:\n  a:\n    secure: "${CANARY}\\q"\n`,
      `config:\n  a: 'x' ${CANARY}\n`,
      `config:\n  a: @${CANARY}\n`,
      `config:\n  ${CANARY}: 1\n  ${CANARY}: 2\n`,
      `config:\n  a: *${CANARY}\n`,
      `config: ${CANARY}\n`,
      `${CANARY}\n`,
    ];
    for (const text of broken) {
      const error = refusal(() => parseStackFile("Pulumi.prod.yaml", text));
      assert.ok(!error.toText(200).includes("CANARY"), error.toText(200));
    }
  });
});

describe("the settings file: what is written", () => {
  const folders: string[] = [];
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), "rekey-test-"));
    folders.push(path);
    return path;
  };
  after(() => folders.forEach((path) => rmSync(path, { recursive: true, force: true })));

  it("takes one line for a new record, with times in quotes, and one for each slot of an external secret", () => {
    const file = parseStackFile(
      "Pulumi.prod.yaml",
      "encryptionsalt: v1:x\nconfig:\n  gcp:project: p\n",
    );
    const record = {
      ...RECORD,
      at: "2026-01-31T12:00:00Z",
      reason: "it's: due",
      by: "ops@example.com",
    };
    const slot = {
      generation: 2,
      value: { secure: CANARY },
      fingerprint: "hmac-sha256:0123456789abcdef",
    };
    assert.equal(
      withChanges(file, {
        config: { [ROTATIONS]: { KEY: record }, [EXTERNAL]: { KEY: { b: slot } } },
      }),
      `encryptionsalt: v1:x
config:
  gcp:project: p
  rekey:rotations:
    KEY: { generation: 2, active: b, slots: { a: 1, b: 2 }, at: "2026-01-31T12:00:00Z", reason: "it's: due", by: "ops@example.com" }
  rekey:external:
    KEY:
      b: { generation: 2, value: { secure: "${CANARY}" }, fingerprint: "hmac-sha256:0123456789abcdef" }
`,
    );
  });

  it("adds what the engine needs beside the settings, and removes what is undefined", () => {
    const file = parseStackFile("Pulumi.prod.yaml", "config:\n  a: 1\n  rekey:external: {}\n");
    assert.equal(
      withChanges(file, { config: { [EXTERNAL]: undefined }, beside: { encryptionsalt: "v1:x" } }),
      'config:\n  a: 1\nencryptionsalt: "v1:x"\n',
    );
  });

  it("says where an anchor stands in the way", () => {
    const text = "config:\n  rekey:rotations:\n    A: &a { generation: 1 }\n    B: *a\n";
    const file = parseStackFile("Pulumi.prod.yaml", text);
    const error = refusal(() =>
      withChanges(file, { config: { [ROTATIONS]: { A: RECORD, B: { generation: 1 } } } }),
    );
    assert.match(error.message, /line 3: is shared by an anchor/);
    assert.equal(error.exitCode, 2);
  });

  it("keeps the mode, follows a symbolic link, and leaves no other file behind", async () => {
    const path = folder();
    mkdirSync(join(path, "real"));
    const target = join(path, "real", "settings.yaml");
    const link = join(path, "Pulumi.prod.yaml");
    writeFileSync(target, "config: {}\n", { mode: 0o640 });
    symlinkSync(join("real", "settings.yaml"), link);
    const file = await readStackFile(link);
    await writeStackFile(file, withChanges(file, { config: { [ROTATIONS]: { A: RECORD } } }));
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.match(readFileSync(target, "utf8"), /A: \{ generation: 2/);
    assert.equal(statSync(target).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(join(path, "real")), ["settings.yaml"]);
  });

  it("is refused once the file says something else than what was read", async () => {
    const path = join(folder(), "Pulumi.prod.yaml");
    writeFileSync(path, "config: {}\n");
    const file = await readStackFile(path);
    writeFileSync(path, "config: {} # somebody was here\n");
    await assert.rejects(
      writeStackFile(file, "config: { a: 1 }\n"),
      (error: unknown) =>
        error instanceof RekeyError && error.code === "file-changed" && error.exitCode === 1,
    );
    assert.equal(readFileSync(path, "utf8"), "config: {} # somebody was here\n");
  });

  it("refuses what is not in UTF-8, and what cannot be read", async () => {
    const path = join(folder(), "Pulumi.prod.yaml");
    writeFileSync(path, Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]));
    await assert.rejects(readStackFile(path), /UTF-8/);
    await assert.rejects(readStackFile(`${path}.none`), /ENOENT/);
  });
});
