import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ComposeJob, type ComposeJobArgs, ConfigurationError } from "../../../components";
import { canary } from "../../support/mock-answers";
import { isEnvelope, managed, run } from "../../support/mocks";
import { NO_OPTIONS, optionsOf } from "../fixtures";

const hostKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH8aSTNbDw2mkM9an38yqiy95WWH4mPF6tsCfMqWeI1e host";

/** What a test may change. */
type Changes = Partial<Omit<ComposeJobArgs, "connection">> & {
  readonly connection?: Partial<ComposeJobArgs["connection"]>;
};

async function composeJob({ connection, ...changes }: Changes = {}) {
  const { resources } = await run(
    () =>
      new ComposeJob("panel-seed", {
        environment: "prod",
        connection: {
          host: "192.0.2.7",
          user: "deploy",
          privateKey: pulumi.secret(canary("private key", 1)),
          hostKey,
          ...connection,
        },
        envFile: "/srv/panel/.env",
        composeFile: "/srv/panel/compose.yaml",
        service: "seed-admin",
        runToken: "g2-20260131120000",
        ...changes,
      }),
  );
  const [only, ...others] = managed(resources);
  assert.deepEqual(others, []);
  assert.ok(only);
  return { only, script: String(only.inputs["create"]).split("\n") };
}

describe("components/consumers/compose-job", () => {
  it("is one remote command without input, its output secret and silenced", async () => {
    const { only } = await composeJob();
    assert.equal(only.name, "panel-seed-run");
    assert.equal(only.type, "command:remote:Command");
    assert.deepEqual(optionsOf(only), NO_OPTIONS);
    assert.deepEqual([...only.additionalSecretOutputs].sort(), ["connection", "stderr", "stdout"]);
    const { connection, create, ...inputs } = only.inputs;
    assert.deepStrictEqual(inputs, { addPreviousOutputInEnv: false, logging: "none" });
    assert.ok(isEnvelope(connection));
    assert.deepStrictEqual(connection.value, {
      host: "192.0.2.7",
      port: 22,
      user: "deploy",
      privateKey: canary("private key", 1),
      hostKey,
      dialErrorLimit: 10,
      perDialTimeout: 15,
    });
    assert.equal(typeof create, "string");
  });

  it("changes one line of its script, the first, with the run token", async () => {
    const { script: before } = await composeJob();
    const { script: after } = await composeJob({ runToken: "g3-20260228120000" });
    assert.equal(before[0], "run='g2-20260131120000'");
    assert.equal(after[0], "run='g3-20260228120000'");
    assert.deepEqual(before.slice(1), after.slice(1));
  });

  it("gives the job an hour unless told otherwise", async () => {
    const line = ({ script }: { script: string[] }) => script.find((one) => /^timeout/.test(one));
    assert.match(line(await composeJob()) ?? "", /^timeout -k 30 3600 docker compose /);
    assert.match(line(await composeJob({ timeoutSeconds: 5 })) ?? "", /^timeout -k 30 5 docker /);
  });

  it("quotes paths for the shell", async () => {
    const { script } = await composeJob({ envFile: "/srv/it's $HOME/.env" });
    assert.ok(script.includes("file='/srv/it'\\''s $HOME/.env'"));
  });

  const refused: Record<string, readonly [Changes, string]> = {
    "no host key outside dev": [{ connection: { hostKey: undefined } }, "connection.hostKey"],
    "a relative env file": [{ envFile: ".env" }, "envFile"],
    "a folder for a compose file": [{ composeFile: "/srv/panel/" }, "composeFile"],
    "a service that is an option": [{ service: "--help" }, "service"],
    "an empty run token": [{ runToken: "" }, "runToken"],
    "a run token of two lines": [{ runToken: "g2\ng3" }, "runToken"],
    "no time for the job": [{ timeoutSeconds: 0 }, "timeoutSeconds"],
    "more than a day for the job": [{ timeoutSeconds: 86_401 }, "timeoutSeconds"],
  };
  for (const [what, [changes, path]] of Object.entries(refused))
    it(`refuses ${what} before anything is declared, and says what mends it`, async () => {
      await assert.rejects(composeJob(changes), (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.equal(error.path, `panel-seed.${path}`);
        assert.ok(error.allowed && error.fix);
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    });
});
