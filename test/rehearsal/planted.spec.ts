import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOME } from "../../operator/workspace";
import { startCommand } from "../support/command";
import { passableFolder } from "../support/folder";
import { ENGINE_MS } from "../support/rehearsal";

/** What a program needs to be rehearsed from a copy of the repository. */
const COPIED = /^(bin|components|engine|functions|operator|policies|rehearsal|stacks|Pulumi\.\w+|Pulumi\.\w+\.yaml|package\.json|tsconfig\.json)$/; // prettier-ignore
const SERVICES = "stacks/capanel/services.ts";
const PLAIN = 'env: { APP_MODE: "web" }';

describe("rekey rehearse, of a program in which somebody left a credential", function () {
  this.timeout(ENGINE_MS);
  let temporary: string;

  before(async () => {
    temporary = await passableFolder();
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  /** A copy of this repository with a line of its own in one file. */
  async function planted(line: string): Promise<string> {
    const copy = join(temporary, "copy");
    for (const name of (await readdir(HOME)).filter((one) => COPIED.test(one)))
      await cp(join(HOME, name), join(copy, name), { recursive: true });
    await symlink(join(HOME, "node_modules"), join(copy, "node_modules"));
    const file = join(copy, SERVICES);
    const program = await readFile(file, "utf8");
    assert.ok(program.includes(PLAIN), `${SERVICES} has another environment now`);
    await writeFile(file, program.replace(PLAIN, line));
    return copy;
  }

  it("fails with the rule and the place, does not make the service, and never shows the value", async () => {
    const value = randomBytes(18).toString("base64url");
    const copy = await planted(`env: { APP_MODE: "web", SMTP_PASSWORD: "${value}" }`);
    const args = ["rehearse", "--systems", "capanel", "--rate", "50", "--json"];
    const { code, out, err } = await (await startCommand(args, temporary, {}, copy)).ended;
    assert.equal(code, 1, err);
    const { error } = JSON.parse(out) as { error: { message: string; fix: string } };
    assert.match(error.message, /no-plaintext-credential-in-cloud-run-env.*SMTP_PASSWORD/);
    assert.match(error.fix, /rekey rehearse/);
    assert.doesNotMatch(err, /create Service capanel-web/, "the service was made");
    assert.ok(!`${out}${err}`.includes(value), "the value was shown");
  });
});
