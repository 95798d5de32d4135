import assert from "node:assert/strict";
import Module from "node:module";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import ts from "typescript";
import { parse } from "yaml";
import { SecretDeclaration, readExternal, readRecords } from "../../components";
import { SYSTEMS, inventory } from "../../stacks/inventory";
import { readCapanelSettings } from "../../stacks/capanel/settings";
import type { Configuration } from "../../stacks/configuration";
import { managed, named, run } from "../support/mocks";
import { commands, rekeyLines, shellLines, words } from "./command-lines";
import { ROOT, blocks, blocksOf } from "./markdown";

/** What the example in the README exports. */
interface Shop {
  readonly SHOP_SECRETS: readonly SecretDeclaration[];
  readonly shop: (configuration: Configuration) => Record<string, pulumi.Output<string>>;
}

const HELP = new Set(["--help", "--version", "<command>"]);
const PLACEHOLDER = /^<.+>$|^…$/;
/** The secrets of the README's shop, and those that the pages of classes have for examples. */
const EXAMPLES = [
  ...["SHOP_SIGNING_KEY", "SESSION_SECRET", "JWT_SECRET", "PAYSTACK_SECRET", "VAPID_PRIVATE_KEY"],
  ...["ENCRYPTION_KEY", "BACKUP_ENCRYPTION_KEY", "STRIPE_KEYS", "VAULT_TOKEN"],
];

/** Loads a block as if it stood in that file of the project. */
function load<Exports>(source: string, file: string): Exports {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS };
  const { outputText, diagnostics } = ts.transpileModule(source, {
    compilerOptions,
    reportDiagnostics: true,
  });
  assert.deepEqual(diagnostics, []);
  const filename = join(ROOT, file);
  const made = new Module(filename) as Module & {
    _compile(code: string, filename: string): void;
  };
  Object.assign(made, { filename, paths: [join(ROOT, "node_modules")] });
  made._compile(outputText, filename);
  return made.exports as Exports;
}

function shopExample(): Shop {
  const [block] = blocksOf("README.md").filter(({ language }) => language === "ts");
  assert.ok(block, "README.md has no TypeScript example");
  return load<Shop>(block.text, "stacks/shop/index.ts");
}

describe("docs: what the pages show", () => {
  it("runs npm scripts that there are", () => {
    const { scripts } = require("../../package.json") as { scripts: Record<string, string> };
    const shown = shellLines().flatMap(({ place, line }) =>
      [...line.matchAll(/npm run ([\w:]+)/g)].map(({ 1: script = "" }) => ({ place, script })),
    );
    assert.ok(shown.length > 0);
    for (const { place, script } of shown)
      assert.ok(script in scripts, `${place}: there is no npm script ${script}`);
  });

  it("calls rekey with commands and options that there are", () => {
    const known = commands();
    const lines = rekeyLines();
    assert.ok(lines.length > 30, "no command lines were found");
    for (const { place, line } of lines) {
      const [, name = "", ...args] = words(line);
      if (HELP.has(name) || PLACEHOLDER.test(name)) continue;
      const command = known.get(name);
      assert.ok(command, `${place}: there is no command ${name}`);
      const options = args.filter((arg) => arg.startsWith("-") && arg !== "--help");
      for (const option of options)
        assert.ok(
          command.options.some(({ long, short }) => option === long || option === short),
          `${place}: ${name} has no option ${option}`,
        );
    }
  });

  it("gives complete command lines in shell blocks, which parse", () => {
    for (const { place, line } of rekeyLines().filter((shown) => /:\d/.test(shown.place))) {
      const [, name = "", ...args] = words(line);
      const command = commands().get(name);
      assert.ok(command, `${place}: there is no command ${name}`);
      command
        .exitOverride()
        .configureOutput({ writeErr: () => undefined })
        .action(() => undefined);
      assert.doesNotThrow(() => command.parse(args, { from: "user" }), `${place}: ${line}`);
    }
  });

  it("names secrets and groups that there are", () => {
    const names = new Set([...EXAMPLES, ...inventory().map(({ name }) => name)]);
    const groups = new Set(inventory().map(({ group }) => group));
    for (const { place, line } of rekeyLines()) {
      const args = words(line);
      for (const word of args.filter((arg) => /^[A-Z][A-Z_]{5,}$/.test(arg)))
        assert.ok(names.has(word), `${place}: there is no secret ${word}`);
      const group = args[args.indexOf("--group") + 1];
      if (args.includes("--group") && group !== undefined && !PLACEHOLDER.test(group))
        assert.ok(groups.has(group), `${place}: there is no group ${group}`);
    }
  });

  it("shows records, external values and settings that the program takes", () => {
    let records = 0;
    for (const { place, text } of blocks("yaml")) {
      const { config = {} } = parse(text) as { config?: Record<string, unknown> };
      const secrets = [...inventory(SYSTEMS), { name: "SHOP_SIGNING_KEY" }];
      const check = (setting: string, read: (raw: unknown) => unknown) => {
        if (!(setting in config)) return;
        assert.doesNotThrow(() => read(config[setting]), `${place}: ${setting}`);
        if (setting === "rekey:rotations") records++;
      };
      check("rekey:rotations", (raw) => readRecords(raw, secrets));
      // What is encrypted reaches the program as a text.
      check("rekey:external", (raw) => readExternal(decrypted(raw)));
      check("rekey:capanel", readCapanelSettings);
    }
    assert.ok(records >= 4, "no records were found");
  });

  it("has an example that declares what it says", async () => {
    const { SHOP_SECRETS, shop } = shopExample();
    const [record] = SHOP_SECRETS.map(({ name }) => name);
    assert.equal(record, "SHOP_SIGNING_KEY");
    const configuration = {
      environment: "prod",
      systems: [],
      secrets: SHOP_SECRETS,
      records: readRecords(
        { SHOP_SIGNING_KEY: { generation: 2, active: "b", slots: { a: 1, b: 2 } } },
        SHOP_SECRETS,
      ),
      external: {},
      running: new Map(),
      credential: (name) => assert.fail(`${name} is asked for`),
      settings: () => undefined,
    } satisfies Configuration;
    const { resources } = await run(() => shop(configuration), {
      config: { "gcp:project": "example-project" },
    });
    assert.deepEqual(
      managed(resources)
        .map(({ name }) => name)
        .sort(),
      [
        "shop-api-account",
        "shop-api-reads-signing-key",
        "shop-signing-key-a",
        "shop-signing-key-b",
        "shop-signing-key-store-g1",
        "shop-signing-key-store-g2",
        "shop-signing-key-store-secret",
      ],
    );
    assert.equal(named(resources, "shop-signing-key-store-g2").protect, true);
    assert.equal(named(resources, "shop-signing-key-store-g1").protect, false);
  });
});

/** `{ secure: … }` stands for a text wherever it is. */
function decrypted(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(decrypted);
  if (typeof raw !== "object" || raw === null) return raw;
  if ("secure" in raw) return raw.secure;
  return Object.fromEntries(Object.entries(raw).map(([key, part]) => [key, decrypted(part)]));
}
