import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { GoogleStack, documentOf, googleStack } from "./google-stack";

interface Failed {
  readonly error: { code: string; path: string; fix: string };
}

type Config = Record<string, unknown>;

const ENGINE_MS = 900_000;
const FILE = "Pulumi.prod.yaml";
const version = "projects/example-project/secrets/capanel-vite-strapi-api-key/versions/1";

describe("rekey up: wrong input ends with exit code 2, on the real engine", function () {
  this.timeout(ENGINE_MS);
  let stack: GoogleStack;
  let settings: string;

  before(async () => {
    stack = await googleStack({
      "rekey:external": { VITE_STRAPI_API_KEY: { a: { generation: 1, version } } },
    });
    settings = stack.bench.read(FILE);
  });
  beforeEach(() => stack.bench.write(FILE, settings));
  after(() => stack?.stop());

  const state = () => stack.pulumi(["stack", "export", "-s", "prod"]);
  const written = async () =>
    (await stack.google.call("GET", "/_fake/writes")).body as { counts: Record<string, number> };

  function edit(change: (config: Config) => Config): void {
    const document = parse(settings) as { config: Config };
    stack.bench.write(FILE, stringify({ ...document, config: change(document.config) }));
  }

  const cases: readonly {
    readonly what: string;
    readonly change?: (config: Config) => Config;
    readonly env?: Readonly<Record<string, string>>;
    readonly path: string;
  }[] = [
    {
      what: "a wrong passphrase",
      env: { PULUMI_CONFIG_PASSPHRASE: "another one" },
      path: "PULUMI_CONFIG_PASSPHRASE",
    },
    {
      what: "an illegal record",
      change: (config) => ({
        ...config,
        "rekey:rotations": { SECRET_KEY: { generation: 2, active: "b", slots: { a: 2 } } },
      }),
      path: "rekey:rotations.SECRET_KEY.active",
    },
    {
      what: "an external value that is missing",
      change: (config) => ({ ...config, "rekey:external": {} }),
      path: "rekey:external.VITE_STRAPI_API_KEY.a",
    },
    {
      what: "an unknown system",
      change: (config) => ({ ...config, "rekey:systems": ["capanel", "nosuch"] }),
      path: "rekey:systems[1]",
    },
  ];
  for (const { what, change, env, path } of cases)
    it(`${what}: names the setting and what mends it, without a stack trace, and nothing is changed`, async () => {
      if (change) edit(change);
      const [before, file] = [state(), stack.bench.read(FILE)];
      const ran = await stack.rekey(["up", "--json"], env);
      assert.equal(ran.code, 2, ran.stdout + ran.stderr);
      const { error } = documentOf<Failed>(ran);
      assert.equal(error.path, path);
      assert.ok(error.fix);
      assert.doesNotMatch(ran.stdout + ran.stderr, /\n\s+at |node_modules|\.ts:\d/);
      assert.equal(state(), before);
      assert.equal(stack.bench.read(FILE), file);
      assert.deepEqual((await written()).counts, {});
    });
});
