import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAtLeast, OLDEST, parseVersion, readPinned, unfit } from "../../engine/version";

describe("versions", () => {
  it("reads what engine/go.mod pins, and it is fit to be used", async () => {
    const { pulumi, go, modules } = await readPinned();
    assert.equal(unfit(pulumi), undefined);
    assert.ok(isAtLeast(pulumi, OLDEST));
    assert.match(go, /^1\.\d+/);
    assert.ok(modules > 100);
  });

  it("says so when go.mod names no version", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rekey-mod-"));
    await writeFile(join(folder, "go.mod"), "module example.com/empty\n");
    await assert.rejects(readPinned(folder), /go\.mod must name .* and a Go version; restore it/);
    await rm(folder, { recursive: true });
  });

  it("compares by number, not by letter", () => {
    const pairs: [string, string, boolean][] = [
      ["3.226.0", "3.226.0", true],
      ["3.99.0", "3.226.0", false],
      ["3.1000.0", "3.226.0", true],
      ["3.226", "3.226.0", true],
      ["1.25", "1.25.11", false],
      ["4.0.0", "3.226.0", true],
      ["3.226.0-alpha.1+x", "3.226.0", true],
    ];
    for (const [version, wanted, expected] of pairs) {
      assert.equal(isAtLeast(version, wanted), expected, `${version} and ${wanted}`);
    }
  });

  it("reads what a CLI prints", () => {
    assert.equal(parseVersion("v3.256.0\n"), "3.256.0");
    assert.equal(parseVersion("3.257.0-alpha.1"), "3.257.0-alpha.1");
    assert.equal(parseVersion("command not found"), undefined);
  });
});
