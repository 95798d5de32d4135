import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import fc from "fast-check";
import { SecretText } from "../../components/secret-text";
import { type Column, createProgress, masked, printJson, table, wrap } from "../../operator/output";
import { FakeStream } from "./fake-stream";

const CANARY = "hunter2-canary";

describe("printJson", () => {
  it("writes one document that ends in a newline, without secrets", async () => {
    const stream = new FakeStream();
    const secret = new SecretText(CANARY);
    const at = new Date(0);
    await printJson(
      { name: "db", secret, list: [secret, { secret }], none: undefined, at },
      stream,
    );
    assert.deepEqual(JSON.parse(stream.text), {
      name: "db",
      secret: "[secret]",
      list: ["[secret]", { secret: "[secret]" }],
      at: "1970-01-01T00:00:00.000Z",
    });
    assert.ok(stream.text.endsWith("}\n"));
    await assert.rejects(printJson({}, stream), /this is a second/);
  });

  it("leaves plain documents as they are", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value));
        assert.deepEqual(JSON.parse(JSON.stringify(masked(copy))), copy);
      }),
      { numRuns: 50 },
    );
  });

  it("has written all of a large document when it resolves, and tells when the reader has gone", async () => {
    const program = `
      const { printJson } = require(${JSON.stringify(join(__dirname, "../../operator/output.ts"))});
      printJson({ text: "x".repeat(1_000_000) }).then(
        () => process.exit(0),
        (error) => { process.stderr.write(error.code); process.exit(1); },
      );`;
    const start = () => spawn(process.execPath, ["--require", "tsx/cjs", "--eval", program]);
    const reading = start();
    let size = 0;
    reading.stdout.on("data", (chunk: Buffer) => (size += chunk.length));
    assert.deepEqual(await once(reading, "close"), [0, null]);
    assert.equal(size, 1_000_000 + '{\n  "text": ""\n}\n'.length);

    const leaving = start();
    let told = "";
    leaving.stderr.on("data", (chunk) => (told += String(chunk)));
    leaving.stdout.destroy();
    assert.deepEqual(await once(leaving, "close"), [1, null]);
    assert.equal(told, "EPIPE");
  });
});

describe("table", () => {
  interface Row {
    name: string;
    generation: number;
    note: string | SecretText;
  }
  const columns: Column<Row>[] = [
    { title: "secret", value: (row) => row.name },
    { title: "generation", value: (row) => row.generation, align: "right" },
    { title: "note", value: (row) => row.note },
  ];
  const rows: Row[] = [
    { name: "SECRET_KEY", generation: 2, note: "two are live until the old sessions are gone" },
    { name: "db", generation: 12, note: new SecretText(CANARY) },
  ];

  it("aligns what fits", () => {
    assert.equal(
      table(rows, columns, 80),
      "secret      generation  note\n" +
        "SECRET_KEY           2  two are live until the old sessions are gone\n" +
        "db                  12  [secret]",
    );
  });

  it("wraps the widest column first", () => {
    assert.equal(
      table(rows, columns, 44),
      "secret      generation  note\n" +
        "SECRET_KEY           2  two are live until\n" +
        "                        the old sessions are\n" +
        "                        gone\n" +
        "db                  12  [secret]",
    );
  });

  it("keeps whole what is to be copied, as long as the others can give way", () => {
    const whole = columns.map((column) =>
      column.title === "note" ? { ...column, whole: true } : column,
    );
    const [longest] = rows
      .map((row) => String(whole.at(-1)?.value(row)).length)
      .sort((a, b) => b - a);
    const width = Number(longest) + 24;
    assert.ok(table(rows, whole, width).includes(String(whole.at(-1)?.value(rows[0] as never))));
  });

  it("turns into blocks where no columns fit", () => {
    assert.equal(table(rows.slice(1), columns, 20), "secret: db\ngeneration: 12\nnote: [secret]");
  });

  it("shows the titles when there is nothing to list", () => {
    assert.equal(table([], columns, 80), "secret  generation  note");
  });

  it("disarms control characters", () => {
    const row = { name: "\x1b[2Jevil", generation: 1, note: "a\nb" };
    assert.equal(table([row], columns, 80).split("\n")[1], "\u{fffd}[2Jevil           1  a b");
  });

  it("never gets wider than asked, and loses nothing", () => {
    const cell = fc.string({ maxLength: 40 }).map((text) => text.replace(/[\s\p{Cc}]/gu, "x"));
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 4 }), fc.nat(60), (names, extra) => {
        const list = names.map((name) => ({ name, generation: 1, note: name }));
        const width = 20 + extra;
        const text = table(list, columns, width);
        for (const line of text.split("\n")) assert.ok([...line].length <= width, line);
        const letters = [...text].filter((letter) => letter === "x").length;
        const given = [...names.join("")].filter((letter) => letter === "x").length;
        assert.equal(letters, 2 * given);
      }),
      { numRuns: 100 },
    );
  });
});

describe("wrap", () => {
  it("breaks at spaces, indents what follows and cuts what is too long", () => {
    assert.equal(wrap("one two three", 9, 2), "one two\n  three");
    assert.equal(
      wrap("  fix  abcdefghijklmnop", 12, 4),
      "  fix  \n    abcdefgh\n    ijklmnop".replace("fix  ", "fix"),
    );
    assert.equal(wrap("", 20), "");
  });
});

describe("createProgress", () => {
  it("rewrites one line of a terminal and cuts it to its width", () => {
    let time = 0;
    const stream = new FakeStream({ isTTY: true, columns: 24 });
    const progress = createProgress({ stream, env: { NO_COLOR: "1" }, now: () => time });
    progress.step("compiling a very long name", { done: 1, total: 9 });
    time = 2_500;
    progress.note("kept");
    progress.end();
    const [first, ...rest] = stream.text.split("\r\x1b[2K").slice(1);
    assert.equal(first, "compiling a very lon 0s");
    assert.deepEqual(rest, ["kept\n", "compiling a very lon 2s", ""]);
  });

  it("dims the clock where colour is welcome", () => {
    const stream = new FakeStream({ isTTY: true, columns: 80 });
    const progress = createProgress({ stream, env: {}, now: () => 0 });
    progress.step("asking");
    progress.end();
    assert.equal(stream.text, "\r\x1b[2Kasking\x1b[2m 0s\x1b[22m\r\x1b[2K");
  });

  it("writes plain lines elsewhere: each new step, and how far it is every ten seconds", () => {
    for (const terminal of [{}, { isTTY: true, dumb: true }]) {
      let time = 0;
      const stream = new FakeStream(terminal);
      const progress = createProgress({ stream, env: { TERM: "dumb" }, now: () => time });
      for (const done of [1, 2, 3]) {
        progress.step("compiling", { done, total: 3 });
        time += 6_000;
      }
      progress.note("done");
      progress.end();
      assert.equal(stream.text, "compiling 1/3\ncompiling 3/3 12s\ndone\n");
    }
  });
});
