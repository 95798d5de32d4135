import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { localProviders } from "../../rehearsal/providers";
import type { Properties } from "../../rehearsal/providers/protocol/values";
import { FULL } from "../support/random";
import { MATRIX_MS } from "../support/rehearsal";
import { CASES } from "./cases";
import { type Answer, type Made, Plugin, properties } from "./plugin";

// The outputs that a plugin makes up.
const MADE = /^(result|hex|dec|b64|base64|public|private|bcrypt)/;

const given = (inputs: Properties): Properties =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));

/**
 * What two makers of random values have in common: which properties there are, which of them are secret, and what the others hold. Of a
 * made value only its white space stays, which tells its form and nothing more.
 */
function shape(made: Answer<Made>): unknown {
  if (made === "refused") return made;
  const { values, secrets } = properties(made.state);
  return Object.keys(values)
    .sort()
    .map((key) => {
      const value = MADE.test(key) ? String(values[key]).replace(/\S+/g, "") : values[key];
      return { key, value, secret: secrets.some(([first]) => first === key) };
    });
}

describe("official providers and ours, call by call", function () {
  this.timeout(MATRIX_MS);

  for (const [name, cases] of Object.entries(CASES)) {
    describe(name, () => {
      const started: Plugin[] = [];
      let folder: string | undefined;
      let ours: Plugin;
      let theirs: Plugin;
      before(async function () {
        if (!FULL) return this.skip();
        folder = await mkdtemp(join(tmpdir(), "rekey-upstream-"));
        const program = `pulumi-resource-${name}`;
        const built = join(folder, program);
        await promisify(execFile)("go", ["build", "-o", built, "."], {
          cwd: join(__dirname, name),
        });
        const own = localProviders().find((provider) => provider.name === name)?.path ?? "";
        started.push((ours = await Plugin.start(process.execPath, [join(own, program)])));
        started.push((theirs = await Plugin.start(built)));
      });
      after(async () => {
        await Promise.all(started.map((plugin) => plugin.stop()));
        if (folder) await rm(folder, { recursive: true });
      });

      for (const { token, inputs, changes, imports = [] } of cases) {
        it(`make, compare, refresh and import ${token} alike`, async () => {
          for (const first of inputs) {
            const label = JSON.stringify(first);
            const made = [
              await ours.create(token, first),
              await theirs.create(token, first),
            ] as const;
            assert.deepEqual(shape(made[0]), shape(made[1]), label);
            if (made[0] === "refused" || made[1] === "refused") continue;
            for (const change of changes) {
              const next = given({ ...first, ...change });
              const replaced = await ours.replaces(token, made[0], next);
              const wanted = await theirs.replaces(token, made[1], next);
              assert.deepEqual(replaced, wanted, `${label} to ${JSON.stringify(next)}`);
            }
            for (const [plugin, one] of [
              [ours, made[0]],
              [theirs, made[1]],
            ] as const) {
              const found = await plugin.read(token, one.id, one);
              assert.ok(found !== "refused" && found.id === one.id, label);
              const same = isDeepStrictEqual(properties(found.state), properties(one.state));
              assert.ok(same, `a refresh changed what was made of ${label}`);
            }
          }
          for (const id of imports) {
            const [found, wanted] = [await ours.read(token, id), await theirs.read(token, id)];
            assert.deepEqual(shape(found), shape(wanted), id);
            if (found === "refused" || wanted === "refused") continue;
            assert.equal(found.id, wanted.id);
            assert.deepEqual(properties(found.inputs).values, properties(wanted.inputs).values, id);
          }
        });
      }
    });
  }
});
