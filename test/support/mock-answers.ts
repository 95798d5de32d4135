import { MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";

/** What the fake cloud's resources and random resources answer with, beside their inputs. */
type Answer = (name: string, inputs: Record<string, unknown>) => Record<string, unknown>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  "random:index/randomPassword:RandomPassword": (name, inputs) => ({
    result: canary(name, (inputs.keepers as { generation: string }).generation),
  }),
  "gcp:secretmanager/secret:Secret": (_name, { project, secretId }) => ({
    id: `projects/${String(project)}/secrets/${String(secretId)}`,
  }),
  "gcp:secretmanager/secretVersion:SecretVersion": (name) => ({
    version: /-g(\d+)$/.exec(name)?.[1] ?? "0",
  }),
  "gcp:serviceaccount/account:Account": (_name, { accountId, project }) => ({
    email: emailOf(String(accountId), String(project)),
    name: `projects/${String(project)}/serviceAccounts/${String(accountId)}`,
  }),
  "gcp:serviceaccount/key:Key": (name) => ({ privateKey: canary(name, "key") }),
  "gcp:cloudrunv2/service:Service": (_name, { name }) => ({
    uri: `https://${String(name)}.example.com`,
    latestReadyRevision: `${String(name)}-00001`,
  }),
};

/** The value that a random resource has under mocks: easily found wherever it should not be. */
export function canary(name: string, generation: string | number): string {
  return `canary of ${name} ${generation}`;
}

/** The address of a service account under mocks. */
export function emailOf(accountId: string, project: string): string {
  return `${accountId}@${project}.example.com`;
}

/** What the mocks answer to a registration: the inputs, and what the real thing would add to them. */
export function answer({ type, name, inputs }: MockResourceArgs) {
  const given = inputs as Record<string, unknown>;
  const { id = `${name}-id`, ...added } = ANSWERS[type]?.(name, given) ?? {};
  return { id: id as string, state: { ...given, ...added } };
}
