import assert from "node:assert/strict";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { silent } from "../../operator/output";
import { localProviders } from "../../rehearsal/providers";
import type { Properties } from "../../rehearsal/providers/protocol/values";
import { FULL } from "../support/random";
import { MATRIX_MS } from "../support/rehearsal";
import { isUpstream } from "../support/upstream";
import { CASES } from "./cases";
import { buildUpstream } from ".";
import { type Answer, type Made, Plugin, properties } from "./plugin";

// The outputs that a plugin makes up.
const MADE = /^(result|hex|dec|b64|base64|public|private|bcrypt)/;

const given = (inputs: Properties): Properties =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));

/**
 * What two makers of random values have in common: which properties there are, which of them are secret, and what the others hold. Of a
 * made value only its white space and the length of a text stay, which tell its form and nothing more.
 */
function shape(made: Answer<Made>): unknown {
  if (made === "refused") return made;
  const { values, secrets } = properties(made.state);
  return Object.keys(values)
    .sort()
    .map((key) => {
      const value = MADE.test(key) ? formOf(key, values[key]) : values[key];
      return { key, value, secret: secrets.some(([first]) => first === key) };
    });
}

function formOf(key: string, value: unknown): unknown {
  if (typeof value !== "string") return typeof value;
  return key === "result" ? value.length : value.replace(/\S+/g, "");
}

// A build takes minutes and the network: under `npm run upstream` and `npm run matrix` alone.
const compared = Object.entries(CASES).filter(([name]) => FULL || isUpstream(name));

describe("official providers and ours, call by call", function () {
  this.timeout(MATRIX_MS);

  for (const [name, cases] of compared) {
    describe(name, () => {
      const started: Plugin[] = [];
      let ours: Plugin;
      let theirs: Plugin;
      before(async () => {
        const program = `pulumi-resource-${name}`;
        const built = join(await buildUpstream(name, silent), program);
        const own = localProviders().find((provider) => provider.name === name)?.path ?? "";
        started.push((ours = await Plugin.start(process.execPath, [join(own, program)])));
        started.push((theirs = await Plugin.start(built)));
      });
      after(() => Promise.all(started.map((plugin) => plugin.stop())));

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
