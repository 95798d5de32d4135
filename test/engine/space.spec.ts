import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkSpace } from "../../engine/space";

describe("checkSpace", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "rekey-space-"));
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  const check = (megabytes: number) => {
    const go = {
      path: "go",
      env: {},
      buildCache: join(root, "not/there/yet"),
      moduleCache: join(root, "modules"),
    };
    const look = () => Promise.resolve({ bavail: megabytes, bsize: 1_000_000 });
    return checkSpace(join(root, "cache"), go, "3.256.0", look);
  };

  it("adds up what one disk has to hold, and says what is missing where", async () => {
    assert.equal(await check(10_000), undefined);
    const refusal = await check(1_200);
    const cache = join(root, "cache");
    assert.match(
      refusal?.reason ?? "",
      new RegExp(`^1\\.2 GB free for ${cache}, .* needs \\d\\.\\d GB`),
    );
    assert.match(refusal?.fix ?? "", /^free \d\.\d GB there, or point XDG_CACHE_HOME, GOCACHE/);
  });

  it("asks for less when the modules are there", async () => {
    assert.notEqual(await check(2_500), undefined);
    await mkdir(join(root, "modules/github.com/pulumi/pulumi/pkg/v3@v3.256.0"), {
      recursive: true,
    });
    assert.equal(await check(2_500), undefined);
  });
});
