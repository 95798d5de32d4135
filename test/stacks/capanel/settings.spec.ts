import assert from "node:assert/strict";
import { ConfigurationError } from "../../../components/errors";
import { readCapanelSettings } from "../../../stacks/capanel/settings";
import { StackConfig, example, withSetting } from "../examples";

const given = example("prod")["rekey:capanel"] as StackConfig;
const key = { reason: "a partner without federation", expires: "2026-12-31" };

function refusal(path: readonly string[], value: unknown): ConfigurationError {
  try {
    readCapanelSettings(withSetting(given, path, value));
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error;
  }
  return assert.fail(`${path.join(".")} was not refused`);
}

describe("stacks/capanel/settings", () => {
  it("reads the committed example and fills in what is left out", () => {
    const settings = readCapanelSettings(given);
    assert.equal(settings.databaseUsers, "alternating");
    assert.equal(settings.verify, "http");
    assert.equal(settings.ownerRole, "capanel_owner");
    assert.deepEqual(settings.adopt, {});
    assert.equal(settings.local, undefined);
  });

  it("fills in the local database of dev", () => {
    assert.deepStrictEqual(readCapanelSettings(withSetting(given, ["local"], {})).local, {
      envFile: ".env",
      host: "127.0.0.1",
      port: 5432,
      database: "capanel",
      user: "capanel",
    });
  });

  it("takes an adopted version as a number or as a text", () => {
    const adopt = { SECRET_KEY: { version: 5 }, CLOUD_SQL_PASSWORD: { version: "3", user: "app" } };
    assert.deepStrictEqual(readCapanelSettings(withSetting(given, ["adopt"], adopt)).adopt, {
      SECRET_KEY: { version: "5" },
      CLOUD_SQL_PASSWORD: { version: "3", user: "app" },
    });
  });

  const required = [
    "project",
    "region",
    "sqlInstance",
    "databaseServer",
    "apiImage",
    "webImage",
    "adminUser",
  ];
  for (const name of required)
    it(`names the command that sets ${name} when it is missing`, () => {
      const error = refusal([name], undefined);
      assert.equal(error.path, `rekey:capanel.${name}`);
      assert.equal(error.problem, "is missing or of the wrong kind");
      assert.match(error.allowed, /^expected string/);
      assert.equal(error.fix, `pulumi config set --path 'rekey:capanel.${name}' <value>`);
    });

  it("asks for everything where nothing is set", () => {
    assert.throws(
      () => readCapanelSettings(undefined),
      /^ConfigurationError: rekey:capanel\.project/,
    );
  });

  for (const [path, value, allowed] of [
    ["project", 5, /expected string/],
    ["project", "", />=1 character/],
    ["public", "yes", /expected boolean/],
    ["databaseUsers", "two", /"alternating"\|"single"/],
    ["verify", "no", /"http"\|"platform"/],
    ["ingress", "all", /"INGRESS_TRAFFIC_ALL"/],
    ["secretRegions", "europe-west1", /expected array/],
    ["local.port", 70000, /<=65535/],
    ["local.port", "5432", /expected number/],
    ["adopt.SECRET_KEY.version", "latest", /\^\\d\+\$/],
    ["serviceAccountKeys.api.reason", "todo", /at least 10 characters/],
    ["serviceAccountKeys.api.expires", "2026-02-30", /'YYYY-MM-DD'/],
    ["serviceAccountKeys.web.generation", 0, />=1/],
  ] as const)
    it(`refuses ${JSON.stringify(value)} for ${path}`, () => {
      const parts = path.split(".");
      const [room, service] = parts;
      const around = room === "serviceAccountKeys" && service ? [[room, service], key] : undefined;
      const base = around ? withSetting(given, around[0] as string[], around[1]) : given;
      assert.throws(
        () => readCapanelSettings(withSetting(base, parts, value)),
        (error) => {
          assert.ok(error instanceof ConfigurationError);
          assert.equal(error.path, `rekey:capanel.${path}`);
          assert.match(error.allowed, allowed);
          assert.equal(error.fix, `pulumi config set --path 'rekey:capanel.${path}' <value>`);
          return true;
        },
      );
    });

  for (const [path, allowed] of [
    ["projekt", /^project, region, sqlInstance, database, /],
    ["local.password", /^envFile, host, port, database, user$/],
    [
      "adopt.SECRETKEY",
      /^CLOUD_SQL_PASSWORD, SECRET_KEY, FIRST_SUPERUSER_PASSWORD, VITE_STRAPI_API_KEY$/,
    ],
    ["adopt.POSTGRES_PASSWORD", /^CLOUD_SQL_PASSWORD, /],
    ["serviceAccountKeys.seed", /^api, web$/],
  ] as const)
    it(`refuses ${path}, which is no setting, and lists those that are`, () => {
      const error = refusal(path.split("."), "canary");
      assert.equal(error.path, `rekey:capanel.${path}`);
      assert.equal(error.problem, "is no setting of capanel");
      assert.match(error.allowed, allowed);
      assert.equal(error.fix, "correct the name or remove it");
      assert.doesNotMatch(error.message, /canary/);
    });

  it("refuses one key for several regions with the setting that is wanted in its place", () => {
    const kmsKey = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
    const several = { ...given, secretRegions: ["europe-west1", "europe-west4"], kmsKey };
    assert.throws(
      () => readCapanelSettings(several),
      (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.equal(error.path, "rekey:capanel.kmsKey");
        assert.match(error.allowed, /kmsKeys/);
        return true;
      },
    );
  });
});
