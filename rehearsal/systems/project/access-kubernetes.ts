import type { SecretText } from "../../../components/secret-text";
import type { Attempt } from "./access";
import { NAMESPACE, ProjectClouds } from "./clouds";
import { isObjectOf } from "./writes";

const STORE = "Kubernetes";
const STRANGER = "stranger";

/**
 * Takes the token of every service account in the namespace, and a stranger's; gives what each of them and nobody tries with a secret's
 * objects. None of it is promised to anybody: the kubelet reads them, and the workloads do not.
 */
export async function attemptsAtKubernetes(
  clouds: ProjectClouds,
): Promise<(secret: string) => Attempt[]> {
  const { kubernetes, cluster } = clouds;
  const accounts = { apiVersion: "v1", plural: "serviceaccounts", namespace: NAMESPACE };
  const metadata = { name: STRANGER, namespace: NAMESPACE };
  await kubernetes.apply(
    { ...accounts, name: STRANGER },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { fieldManager: "rehearsal" },
  );
  const callers: Caller[] = [{ identity: "nobody", token: undefined }];
  for (const account of await kubernetes.list(accounts)) {
    const { name } = account.metadata;
    const token = await cluster.tokenFor(NAMESPACE, name);
    callers.push({ identity: `service account ${name}`, token });
  }
  const secrets = { apiVersion: "v1", plural: "secrets", namespace: NAMESPACE };
  const objects = (await kubernetes.list(secrets)).map((object) => object.metadata.name);
  return (secret) => {
    const mine = objects.filter((name) => isObjectOf(secret, name));
    if (mine.length === 0) throw new Error(`the cluster has no object of ${secret}`);
    const calls = [["list", ""], ...mine.map((name) => [`get ${name}`, `/${name}`])] as const;
    return callers.flatMap(({ identity, token }) =>
      calls.map(([call, path]): Attempt => ({
        ...{ store: STORE, identity, call, promised: false },
        run: () => allowed(`${cluster.url}/api/v1/namespaces/${NAMESPACE}/secrets${path}`, token),
      })),
    );
  };
}

interface Caller {
  readonly identity: string;
  readonly token: SecretText | undefined;
}

async function allowed(address: string, token: SecretText | undefined): Promise<boolean> {
  const headers: Record<string, string> = token
    ? { authorization: `Bearer ${token.reveal()}` }
    : {};
  const answer = await fetch(address, { headers, signal: AbortSignal.timeout(5_000) });
  await answer.arrayBuffer();
  if (answer.status === 200) return true;
  if (answer.status === 401 || answer.status === 403) return false;
  throw new Error(`the cluster answered ${answer.status}`);
}
