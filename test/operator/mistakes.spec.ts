import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Ran, Workbench, workbench } from "./workbench";

const PROD = `config:
  rekey:systems: [capanel]
  rekey:rotations:
    SECRET_KEY: { generation: 2, active: a, slots: { a: 2 } }
`;

describe("a mistake on the command line", () => {
  const mistakes: Record<string, [args: string[], says: RegExp]> = {
    "no secret": [["rotate"], /names: CLOUD_SQL_PASSWORD, .*groups: gcloud, secret-key/s],
    "an unknown secret": [["rotate", "SECRT_KEY"], /did you mean SECRET_KEY\?/],
    "an unknown group": [["rotate", "--group", "cloud"], /groups: gcloud/],
    "an unknown system": [["rotate", "--system", "x"], /of this stack|no secret is of system x/],
    "a name and a group": [
      ["rotate", "SECRET_KEY", "--group", "gcloud"],
      /not\s+by\s+two\s+of\s+these/,
    ],
    "an unknown command": [["rotat"], /Did you mean rotate\?/],
    "an unknown option": [["rotate", "--reasn", "x"], /Did you mean --reason\?/],
    "an option without its value": [["rotate", "SECRET_KEY", "--reason"], /argument missing/],
    "an empty reason": [["rotate", "SECRET_KEY", "--reason", " "], /--reason/],
    "a reason of several lines": [["rotate", "SECRET_KEY", "--reason", "a\nb"], /one line/],
    "a grace that is over": [
      ["rotate", "SECRET_KEY", "--grace-ends", "2020-01-01T00:00:00Z"],
      /over already/,
    ],
    "a grace that is no time": [
      ["rotate", "SECRET_KEY", "--grace-ends", "tomorrow"],
      /2026-01-31T12:00:00Z/,
    ],
    "a move that is not possible": [["activate", "SECRET_KEY"], /`rekey stage SECRET_KEY -s prod`/],
    "a value for a generated secret": [
      ["stage", "SECRET_KEY", "--value-stdin"],
      /externally issued/,
    ],
    "a generated secret straight to its store": [
      ["stage", "SECRET_KEY", "--to-store"],
      /--to-store\s+is\s+for\s+externally\s+issued/,
    ],
    "an emergency of a generated secret straight to its store": [
      ["emergency", "SECRET_KEY", "--reason", "x", "--yes", "--to-store"],
      /--to-store\s+is\s+for\s+externally\s+issued/,
    ],
    "an intake for a generated secret": [["intake", "SECRET_KEY"], /VITE_STRAPI_API_KEY/],
    "no terminal to ask on": [["stage", "VITE_STRAPI_API_KEY"], /--value-stdin/],
    "a value as an argument": [["intake", "VITE_STRAPI_API_KEY", "hunter2"], /too many arguments/],
    "a stack that is not there": [["status", "-s", "staging"], /allowed +prod/],
    "a stack's name that leads elsewhere": [["status", "-s", "../prod/../x"], /allowed +prod/],
    "a folder without a project": [["status", "-C", "empty"], /no Pulumi\.yaml/],
    "an audit without a beginning": [["audit"], /--since/],
    "an audit from a time that is none": [["audit", "--since", "2026-02-30"], /no time in UTC/],
  };

  let bench: Workbench;
  const results = new Map<string, Promise<Ran>>();
  before(() => {
    bench = workbench({ prod: PROD });
    mkdirSync(join(bench.folder, "empty"));
    // Two at a time: starting a process is most of what each costs.
    let free: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
    for (const [what, [args]] of Object.entries(mistakes)) {
      const [first = Promise.resolve(), ...others] = free;
      const result = first.then(() => bench.rekey(args));
      results.set(what, result);
      free = [...others, result];
    }
  });
  after(() => bench.remove());

  for (const [what, [, says]] of Object.entries(mistakes))
    it(`exits with 2 and changes nothing: ${what}`, async () => {
      const ran = await results.get(what);
      assert.ok(ran);
      assert.equal(ran.code, 2, ran.stderr + ran.stdout);
      assert.equal(ran.stdout, "");
      assert.match(ran.stderr, says);
      assert.doesNotMatch(ran.stderr, /\n +at /, "a stack trace");
      assert.doesNotMatch(ran.stderr, /hunter2/);
      assert.equal(bench.read("Pulumi.prod.yaml"), PROD);
    });
});
