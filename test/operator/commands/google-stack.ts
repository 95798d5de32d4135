import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { findEngine } from "../../../engine";
import { PROJECT, TOKEN, startFake } from "../../rehearsal/clouds/google/fixture";
import { Ran, workbench } from "../workbench";

/** A stack of capanel that was made and never updated, on the real engine and the fake of Google Cloud, with the commands to run there. */
export async function googleStack(config: Readonly<Record<string, unknown>> = {}) {
  const [google, engine] = await Promise.all([startFake(), findEngine()]);
  const endpoints = Object.entries(google.fake.endpoints().provider);
  const settings = stringify({
    config: {
      "rekey:systems": ["capanel"],
      "rekey:environment": "prod",
      "rekey:capanel": {
        ...{ project: PROJECT, region: "europe-west1", sqlInstance: "capanel-db" },
        ...{ databaseServer: "127.0.0.1:1", adminUser: "admin@example.com" },
        ...{ apiImage: "images.example.com/api:1", webImage: "images.example.com/web:1" },
      },
      ...config,
      "gcp:project": PROJECT,
      ...Object.fromEntries(endpoints.map(([name, url]) => [`gcp:${name}`, url])),
    },
  });
  const bench = workbench({ prod: settings });
  mkdirSync(join(bench.folder, "state"));
  const env = {
    PULUMI_BACKEND_URL: `file://${join(bench.folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of this test",
    PATH: `${dirname(engine.path)}:${process.env["PATH"]}`,
  };
  const pulumi = (args: readonly string[], input = "") =>
    execFileSync(engine.path, args, {
      cwd: bench.folder,
      env: { ...process.env, ...env },
      encoding: "utf8",
      input,
      stdio: "pipe",
    });
  pulumi(["stack", "init", "prod"]);
  pulumi(["config", "set", "--secret", "gcp:accessToken", "-s", "prod"], TOKEN);
  return {
    google,
    bench,
    pulumi,
    /** Runs `rekey <args>`; `env` goes over the right one. */
    rekey: (args: readonly string[], over: Readonly<Record<string, string>> = {}, input = "") =>
      bench.rekey([...args, "-s", "prod"], { env: { ...env, ...over }, input }),
    stop: async () => {
      bench.remove();
      await google.stop();
    },
  };
}

/** What {@link googleStack} answers. */
export type GoogleStack = Awaited<ReturnType<typeof googleStack>>;

/** The document that a command printed. */
export function documentOf<T>({ stdout }: Ran): T {
  return JSON.parse(stdout) as T;
}
