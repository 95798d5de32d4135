import assert from "node:assert/strict";
import { code, html, prose } from "../../../operator/plan/escape";
import { MARKER, markdownOf } from "../../../operator/plan/markdown";
import { planned } from "./given";

const HOSTILE =
  "@everyone <img src=x onerror=alert(1)> [link](https://example.com) `x` ``` | www.example.com #1 \u202egnp";
const rotated = (reason: string) => ({
  generation: 2,
  active: "b",
  slots: { a: 1, b: 2 },
  at: "2026-01-31T12:00:00Z",
  reason,
  by: reason.slice(0, 100),
});

describe("plan: the comment", () => {
  const plan = planned({ base: {}, head: { SECRET_KEY: rotated("yearly") } });

  it("starts with the marker by which the next run finds it", () => {
    assert.ok(markdownOf(plan).startsWith(`${MARKER}\n`));
    assert.match(MARKER, /^<!-- .* -->$/);
  });

  it("is narrow: four columns, everything else folded away", () => {
    const lines = markdownOf(plan).split("\n");
    const rows = lines.filter((line) => line.startsWith("|"));
    assert.deepEqual(rows[0], "| secret | move | generation | interruption |");
    assert.match(rows[2] ?? "", /^\| `SECRET_KEY` \| rotate \| 1 \(a\) → 2 \(b\) \| re-login/);
    const opened = lines.filter((line) => line.startsWith("<details>")).length;
    assert.equal(opened, lines.filter((line) => line === "</details>").length);
    assert.ok(opened >= 3);
  });

  it("shows what a stranger wrote literally: no mention, link, HTML, cell or code fence of theirs", () => {
    const hostile = markdownOf(planned({ base: {}, head: { SECRET_KEY: rotated(HOSTILE) } }));
    const said = hostile.split("\n").filter((line) => /^- (by|why): /.test(line));
    assert.equal(said.length, 2);
    for (const line of said) {
      assert.match(line, /^- \w+: `[^`]*`$/);
      assert.doesNotMatch(line, /\u202e/);
    }
  });

  it("leaves out details that a comment has no room for, and says so", () => {
    const short = markdownOf(plan, 900);
    assert.ok(short.length <= 900, `${short.length}`);
    assert.match(short, /has no room here/);
    assert.match(short, /\| `SECRET_KEY` \|/);
  });

  it("says on what it rests", () => {
    assert.match(markdownOf(plan), /Compared with `0123456789ab`\. 3 unchanged\./);
  });
});

describe("plan: escaping", () => {
  it("of prose keeps our own code spans and disarms the rest", () => {
    assert.equal(prose("run `rekey up` now"), "run `rekey up` now");
    const armed = /(^|[^\\])[[\]*_|]|@\w|#\d|<\w|:\/\/|www\.\w/;
    assert.doesNotMatch(prose(HOSTILE.replaceAll("`", "")), armed);
    assert.doesNotMatch(prose("`@ada", true), /@\w/);
  });

  it("of a code span cannot be left", () => {
    assert.equal(code("a`b\nc"), "`a'b c`");
    assert.equal(code("a|b", true), "`a\\|b`");
    assert.equal(code(" "), "`-`");
  });

  it("of HTML cannot be left either", () => {
    assert.equal(html("<b>&\"'"), "<code>&#60;b&#62;&#38;&#34;&#39;</code>");
  });
});
