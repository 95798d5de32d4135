import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AT_REST,
  DeveloperEnvFile,
  RotationRecord,
  Token,
  activate,
  activeOf,
  retire,
  slotNames,
  stage,
} from "../../components";
import { acceptedName } from "../../components/accepted-name";
import { HOME } from "../../operator/workspace";
import { TestProject } from "./providers/project";

const NAME = "JWT_SECRET";
const OTHERS = "# mine\nEDITOR=vi\n";

describe("components/consumers/developer-env-file, on the real engine", function () {
  this.timeout(120_000);
  let project: TestProject;
  let file: string;
  let record: RotationRecord = AT_REST;
  const values = new Set<string>();
  const said: string[] = [];

  before(async () => {
    project = await TestProject.create({ REKEY_HOME: HOME });
    file = join(project.dir, ".env");
    await writeFile(file, OTHERS, { mode: 0o644 });
  });
  after(() => project?.remove());

  function program() {
    const { generations } = new Token("jwt", { record });
    const active = activeOf(generations);
    const given = [
      [NAME, active.value] as const,
      ...generations.map(({ slot, value }) => [acceptedName(NAME, slot), value] as const),
    ];
    new DeveloperEnvFile("local", {
      ...{ environment: "dev", setting: "rekey:project.envFile", file, env: { PLAIN: "1" } },
      secretEnv: Object.fromEntries(
        given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      ),
      generations: { [NAME]: active.generation },
    });
    return Promise.resolve();
  }

  /** Moves, updates, and gives the variables of the file. */
  async function up(move = (now: RotationRecord) => now) {
    record = move(record);
    const { steps, messages, differences } = await project.up(program);
    said.push(...messages, ...differences);
    const text = await readFile(file, "utf8");
    const found = Object.fromEntries(
      [...text.matchAll(/^(JWT_SECRET\w*)='(\w{43})'$/gm)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
    for (const value of Object.values(found)) values.add(value);
    return { steps, text, found, file: await stat(file) };
  }

  it("gets a file that is its owner's alone, in one step, with every other line kept; and none the second time", async () => {
    const before = await stat(file);
    const first = await up();
    assert.equal(first.file.mode & 0o777, 0o600);
    // It was made beside the old one and took its name: nobody could read half of it.
    assert.notEqual(first.file.ino, before.ino);
    assert.ok(first.text.startsWith(OTHERS), first.text.split("\n")[0]);
    assert.match(first.text, /^PLAIN='1'$/m);
    assert.deepEqual(Object.keys(first.found), [NAME, `${NAME}_ACCEPTED_A`]);
    const second = await up();
    assert.deepEqual(second.steps, []);
    assert.deepEqual([second.file.ino, second.file.mtimeMs], [first.file.ino, first.file.mtimeMs]);
  });

  it("has both generations while one is staged, and follows the rotation to its retirement", async () => {
    const names = [NAME, `${NAME}_ACCEPTED_A`, `${NAME}_ACCEPTED_B`];
    const staged = (await up((now) => stage(now, slotNames()))).found;
    assert.deepEqual(Object.keys(staged), names);
    const [used, a, b] = names.map((name) => staged[name]);
    assert.deepEqual([used === a, used === b], [true, false]);
    const active = (await up(activate)).found;
    assert.deepEqual(active, { ...staged, [NAME]: b });
    const { found, file: last } = await up(retire);
    assert.deepEqual(found, { [NAME]: b, [`${NAME}_ACCEPTED_B`]: b });
    assert.equal(last.mode & 0o777, 0o600);
  });

  it("shows no value in the state or in what an update says", async () => {
    assert.equal(values.size, 2);
    const [state, output] = [await project.state(), said.join("\n")];
    assert.notEqual(output, "");
    for (const value of values) assert.ok(!state.includes(value) && !output.includes(value));
  });

  it("keeps the file when it is declared no more: it is the developer's own", async () => {
    const { text } = await up();
    const { steps } = await project.up(() => {
      new Token("jwt", { record });
      return Promise.resolve();
    });
    assert.deepEqual(steps, [
      "delete command:local:Command local-write",
      "delete rekey:index:DeveloperEnvFile local",
    ]);
    assert.equal(await readFile(file, "utf8"), text);
  });
});
