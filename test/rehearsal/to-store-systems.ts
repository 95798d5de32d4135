import { DescribeSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { intakeEntryOf } from "../../components/intake-place";
import { writeParts } from "../../components/parts";
import { SecretText } from "../../components/secret-text";
import { readKvMetadata } from "../../operator/vault";
import { SECRET_CHANGES } from "../../rehearsal/clouds/aws/calls";
import type { Clouds } from "../../rehearsal/clouds";
import type { Session } from "../../rehearsal/session";
import type { FaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { CapanelClouds, GOOGLE } from "../../rehearsal/systems/capanel/clouds";
import { projectRehearsal } from "../../rehearsal/systems/project";
import { NAMESPACE, ProjectClouds } from "../../rehearsal/systems/project/clouds";
import { variablesOf } from "../../rehearsal/systems/project/cluster";
import type { SystemRehearsal } from "../../rehearsal/systems/system";
import { GMAIL_PARTS } from "../../stacks/project/inventory";
import { awsClient } from "../support/aws";

/** The outputs of a system's stack. */
export type Outputs = Awaited<ReturnType<Session["update"]>>["outputs"];

/** A system of which one key goes straight to a store. */
export interface Walked<C extends Clouds> {
  readonly system: SystemRehearsal<C>;
  readonly secret: string;
  /** What takes its values in, in words. */
  readonly by: string;
  readonly backends?: readonly string[];
  /** As prepared, but for what the key needs. */
  readonly prepare: (
    clouds: C,
    settings: Record<string, unknown>,
  ) => Promise<Record<string, unknown>>;
  /** Has its issuer make another one. */
  readonly issue: (clouds: C) => SecretText;
  /** What those get who use the key. */
  readonly used: (session: Session<C>, outputs: Outputs) => Promise<string>;
  /** What wrote to a secret's entries since it was last asked, without their tags and metadata. */
  readonly writes: (clouds: C) => Promise<string[]>;
  /** The writes of the command, the first and any later one, and of the update after each move. */
  readonly expected: Readonly<
    Record<"first" | "command" | "stage" | "activate" | "retire" | "withdraw", string[]>
  >;
  /** Brings the value in use to a copy that something else keeps in step with the store. */
  readonly sync?: (clouds: C, value: SecretText) => Promise<void>;
  /** Before its store, where calls can be made to fail. */
  readonly proxy?: (clouds: C) => FaultProxy;
  /** How many generations can be read at the entry. */
  readonly readable: (clouds: C) => Promise<number>;
}

const GOOGLE_ENTRY = `projects/${GOOGLE.project}/secrets/capanel-vite-strapi-api-key`;
const AWS_ENTRY = "project/prod/openrouter-api-key";

/** The first retirement is that of a value in the settings; a withdrawal takes the label off at both entries. */
const AWS_WRITES = {
  first: ["CreateSecret", "PutSecretValue"],
  command: ["PutSecretValue"],
  stage: ["PutSecretValue"],
  activate: ["PutSecretValue"],
  retire: ["UpdateSecretVersionStage"],
  withdraw: ["UpdateSecretVersionStage", "UpdateSecretVersionStage"],
};

const OPENROUTER_IN_AWS = {
  system: projectRehearsal,
  secret: "OPENROUTER_API_KEY",
  issue: ({ openrouter }: ProjectClouds) => openrouter.issue(),
  writes: awsWrites,
  proxy: (clouds: ProjectClouds) => awsOf(clouds).proxy,
  expected: AWS_WRITES,
  readable: (clouds: ProjectClouds) => labelledIn(clouds, intakeEntryOf(AWS_ENTRY)),
};

/** Writes since the last look, by what is counted. */
const seen = new WeakMap<ProjectClouds, ReadonlyMap<string, number>>();

/** Every system, for a function that declares its tests. */
export const SYSTEMS: readonly ((
  declare: <C extends Clouds>(walked: Walked<C>) => void,
) => void)[] = [
  (declare) =>
    declare<CapanelClouds>({
      system: capanelRehearsal,
      secret: "VITE_STRAPI_API_KEY",
      by: "Google, whose version consumers read",
      prepare: (_, settings) => Promise.resolve(settings),
      issue: ({ strapi }) => new SecretText(strapi.issue()),
      used: async (_, { capanelWeb }) =>
        (await fetch(`${String(capanelWeb)}/assets/app.js`)).text(),
      writes: async ({ google }) => {
        const init = { headers: { authorization: `Bearer ${google.token}` } };
        const answer = await fetch(`${google.url}/_fake/writes`, init);
        const { counts } = (await answer.json()) as { counts: Record<string, number> };
        await fetch(`${google.url}/_fake/writes`, { ...init, method: "DELETE" });
        return Object.entries(counts).flatMap(([kind, count]) =>
          kind.startsWith("secretVersion.") ? Array<string>(count).fill(kind) : [],
        );
      },
      expected: {
        first: ["secretVersion.add"],
        command: ["secretVersion.add"],
        stage: [],
        activate: [],
        retire: ["secretVersion.disable"],
        withdraw: ["secretVersion.disable"],
      },
      readable: async ({ google: { client } }) =>
        (await client.secretManager.listVersions(GOOGLE_ENTRY, "state:ENABLED")).length,
    }),
  (declare) =>
    declare<ProjectClouds>({
      ...OPENROUTER_IN_AWS,
      by: "AWS at an intake entry, for what the cluster keeps in step with AWS",
      prepare: async (clouds, settings) => {
        await syncedByCluster(clouds, clouds.issued.openrouter);
        const project = settings["rekey:project"] as { readonly aws: object };
        const aws = { ...project.aws, syncedByCluster: ["OPENROUTER_API_KEY"] };
        return { ...settings, "rekey:project": { ...project, aws } };
      },
      sync: syncedByCluster,
      used: async ({ clouds }) => {
        const command = new GetSecretValueCommand({ SecretId: AWS_ENTRY });
        return (await awsClient(awsOf(clouds).aws).send(command)).SecretString ?? "";
      },
    }),
  (declare) =>
    declare<ProjectClouds>({
      ...OPENROUTER_IN_AWS,
      by: "AWS at an intake entry, since the program makes an object of the cluster of it",
      prepare: (_, settings) => Promise.resolve(settings),
      used: async ({ clouds }) =>
        (await variablesOf(clouds, "agents")).OPENROUTER_API_KEY?.reveal() ?? "",
    }),
  (declare) =>
    declare<ProjectClouds>({
      system: projectRehearsal,
      secret: "GMAIL_CLIENT_SECRET",
      by: "Vault at an intake entry, in two parts",
      backends: ["vault"],
      prepare: (_, settings) => Promise.resolve(settings),
      issue: ({ google }) => {
        const pair = { clientId: google.clientId, secret: google.issue().reveal() };
        return new SecretText(writeParts(pair, GMAIL_PARTS));
      },
      used: async ({ clouds }) => {
        const variables = await variablesOf(clouds, "backend");
        const [clientId, secret] = [variables.GMAIL_CLIENT_ID, variables.GMAIL_CLIENT_SECRET];
        if (!clientId || !secret) throw new Error("the backend is started without the client");
        return writeParts({ clientId: clientId.reveal(), secret: secret.reveal() }, GMAIL_PARTS);
      },
      writes: vaultWrites,
      expected: {
        first: ["intake"],
        command: ["intake"],
        stage: ["client id", "client secret"],
        activate: ["client id", "client secret"],
        retire: ["client id", "client secret"],
        withdraw: ["client id", "client secret"],
      },
      readable: async (clouds) => (await intakesIn(clouds)).length,
    }),
];

const GMAIL_ENTRIES = { "client id": "gmail-client-id", "client secret": "gmail-client-secret" };
const GMAIL_INTAKE = intakeEntryOf("project/prod/gmail-client-secret");

async function vaultWrites(clouds: ProjectClouds): Promise<string[]> {
  const { client } = vaultOf(clouds);
  const now = new Map<string, number>();
  for (const [name, entry] of Object.entries(GMAIL_ENTRIES)) {
    const found = await readKvMetadata(client, "secret", `project/prod/${entry}`);
    now.set(name, found?.currentVersion ?? 0);
  }
  for (const name of await intakesIn(clouds)) now.set(name, 1);
  const before = seen.get(clouds);
  seen.set(clouds, now);
  return [...now].flatMap(([name, count]) =>
    Array<string>(count - (before?.get(name) ?? 0)).fill(/^g\d/.test(name) ? "intake" : name),
  );
}

/** The generations whose value can be read where they were taken in. */
async function intakesIn(clouds: ProjectClouds): Promise<string[]> {
  const { client } = vaultOf(clouds);
  const found: string[] = [];
  for (const name of await client.list(`secret/metadata/${GMAIL_INTAKE}`)) {
    const metadata = await readKvMetadata(client, "secret", `${GMAIL_INTAKE}/${name}`);
    if (metadata?.gone === false) found.push(name);
  }
  return found;
}

function vaultOf({ opened }: ProjectClouds) {
  if (opened === undefined) throw new Error("project runs without Vault");
  return opened;
}

function awsWrites(clouds: ProjectClouds): Promise<string[]> {
  const { proxy } = awsOf(clouds);
  const names = proxy.calls.map(({ name }) => name).filter((name) => SECRET_CHANGES.test(name));
  proxy.forget();
  const calls = names.map((name) => name.slice(name.indexOf(".") + 1).split(" ")[0] ?? "");
  return Promise.resolve(calls.filter((name) => name !== "TagResource"));
}

async function labelledIn(clouds: ProjectClouds, entry: string): Promise<number> {
  const command = new DescribeSecretCommand({ SecretId: entry });
  const { VersionIdsToStages = {} } = await awsClient(awsOf(clouds).aws).send(command);
  const labels = Object.values(VersionIdsToStages).flat();
  return labels.filter((label) => label.startsWith("rekey-g")).length;
}

function awsOf({ counted }: ProjectClouds) {
  if (counted === undefined) throw new Error("project runs without AWS");
  return counted;
}

/** The object that the cluster itself keeps in step with AWS. */
async function syncedByCluster({ kubernetes }: ProjectClouds, value: SecretText): Promise<void> {
  const place = { apiVersion: "v1", plural: "secrets", namespace: NAMESPACE };
  const name = "openrouter-api-key";
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { value: value.reveal() } }; // prettier-ignore
  await kubernetes.apply({ ...place, name }, object, { fieldManager: "example-sync" });
}
