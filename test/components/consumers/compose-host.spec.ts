import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ComposeHost, type ComposeHostArgs, ConfigurationError } from "../../../components";
import { canary } from "../../support/mock-answers";
import { isEnvelope, managed, run } from "../../support/mocks";
import { NO_OPTIONS, optionsOf } from "../fixtures";

const privateKey = () => pulumi.secret("canary of a private key");
const hostKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH8aSTNbDw2mkM9an38yqiy95WWH4mPF6tsCfMqWeI1e host";

/** What a test may change. */
type Changes = Partial<Omit<ComposeHostArgs, "connection">> & {
  readonly connection?: Partial<ComposeHostArgs["connection"]>;
};

function composeHost({ connection, ...changes }: Changes = {}) {
  return run(
    () =>
      new ComposeHost("panel", {
        environment: "prod",
        connection: {
          host: "192.0.2.7",
          user: "deploy",
          privateKey: privateKey(),
          hostKey,
          ...connection,
        },
        envFile: "/srv/panel/.env",
        composeFile: "/srv/panel/compose.yaml",
        services: ["app-1", "app-2"],
        env: { LOG_LEVEL: "info" },
        secretEnv: [{ name: "SECRET_KEY", value: pulumi.secret(canary("value", 2)) }],
        generations: { SECRET_KEY: 2 },
        ...changes,
      }),
  );
}

describe("components/consumers/compose-host", () => {
  it("hands the env file to a remote command on standard input, secret, and silences its output", async () => {
    const [only, ...others] = managed((await composeHost()).resources);
    assert.deepEqual(others, []);
    assert.equal(only?.name, "panel-apply");
    assert.equal(only.type, "command:remote:Command");
    assert.deepEqual(optionsOf(only), NO_OPTIONS);
    assert.deepEqual([...only.additionalSecretOutputs].sort(), ["connection", "stderr", "stdout"]);
    const { stdin, connection, create, ...inputs } = only.inputs;
    assert.deepStrictEqual(inputs, { addPreviousOutputInEnv: false, logging: "none" });
    assert.ok(isEnvelope(stdin) && isEnvelope(connection));
    assert.equal(stdin.value, `LOG_LEVEL='info'\nSECRET_KEY='${canary("value", 2)}'\n# end\n`);
    assert.deepStrictEqual(connection.value, {
      host: "192.0.2.7",
      port: 22,
      user: "deploy",
      privateKey: "canary of a private key",
      hostKey,
      dialErrorLimit: 10,
      perDialTimeout: 15,
    });
    assert.equal(typeof create, "string");
  });

  it("shows generations and names of variables in the script, and nothing of a value", async () => {
    const [before] = managed((await composeHost()).resources);
    const [after] = managed((await composeHost({ generations: { SECRET_KEY: 3 } })).resources);
    const [old, now] = [before, after].map((one) => String(one?.inputs["create"]).split("\n"));
    assert.deepEqual(old?.slice(0, 2), [
      "# rekey.generation/SECRET_KEY: 2",
      "# variables: LOG_LEVEL SECRET_KEY",
    ]);
    assert.equal(now?.[0], "# rekey.generation/SECRET_KEY: 3");
    assert.deepEqual(old.slice(1), now?.slice(1));
    assert.doesNotMatch(old.join("\n"), /canary|info/);
  });

  it("quotes paths for the shell", async () => {
    const envFile = "/srv/it's $HOME/.env";
    const [only] = managed((await composeHost({ envFile })).resources);
    assert.match(String(only?.inputs["create"]), /^file='\/srv\/it'\\''s \$HOME\/\.env'$/m);
  });

  it("takes a host without a pinned key in dev", async () => {
    const [only] = managed((await composeHost({ environment: "dev", connection: { hostKey: undefined } })).resources); // prettier-ignore
    const { connection } = only?.inputs ?? {};
    assert.ok(isEnvelope(connection) && !("hostKey" in (connection.value as object)));
  });

  const refused: Record<string, readonly [Changes, string]> = {
    "no host key outside dev": [{ connection: { hostKey: undefined } }, "connection.hostKey"],
    "a fingerprint for a host key": [
      { connection: { hostKey: "SHA256:abc" } },
      "connection.hostKey",
    ],
    "a relative env file": [{ envFile: ".env" }, "envFile"],
    "a folder for a compose file": [{ composeFile: "/srv/panel/" }, "composeFile"],
    "no service": [{ services: [] }, "services"],
    "a service that is an option": [{ services: ["--help"] }, "services"],
    "a wait of no time": [{ waitSeconds: 0 }, "waitSeconds"],
    "a variable both plain and secret": [{ env: { SECRET_KEY: "x" } }, "env.SECRET_KEY"],
  };
  for (const [what, [changes, path]] of Object.entries(refused))
    it(`refuses ${what} before anything is declared, and says what mends it`, async () => {
      await assert.rejects(composeHost(changes), (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.equal(error.path, `panel.${path}`);
        assert.ok(error.allowed && error.fix);
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    });
});
