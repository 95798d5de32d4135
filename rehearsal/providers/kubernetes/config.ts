import { z } from "zod";
import { KubernetesClient, readKubeconfig } from "../../../operator/kubernetes";
import type { Context } from "../protocol/resource";
import type { Properties } from "../protocol/values";

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?\/?$/;

const text = z.string().min(1);
const only = (word: "true" | "false") =>
  z.union([z.literal(word === "true"), z.literal(word)]).optional();

/**
 * The settings of the kubernetes provider, named as the official one names them. The kubeconfig (its text or a file's path) comes from
 * `KUBECONFIG` where it is not set; the API server that it names must be on loopback: this provider never speaks to another cluster.
 */
export const kubernetesConfig = z.strictObject({
  kubeconfig: text.optional(),
  context: text.optional(),
  namespace: text.optional(),
  // The one way that this provider goes about it; naming it is fine, wanting another is not.
  enableServerSideApply: only("true"),
  enableSecretMutable: only("false"),
  enableConfigMapMutable: only("false"),
});

/** What the resources of the kubernetes provider work with. */
export interface Kubernetes {
  readonly client: KubernetesClient;
  /** The namespace of objects that name none. */
  readonly namespace: string;
}

/** The context of a resource of this provider. */
export type KubernetesContext = Context<Kubernetes>;

/** Longest that one call may take, unless set. */
const TIMEOUT_S = 10;

/** Makes the client; a call may take `PULUMI_K8S_CLIENT_TIMEOUT` seconds, 10 unless set. @throws where there is no kubeconfig, where it is not whole, or where its server is not on this machine. */
export function configureKubernetes(config: Properties): Kubernetes {
  const settings = kubernetesConfig.parse(config);
  const kubeconfig = settings.kubeconfig ?? process.env.KUBECONFIG;
  if (kubeconfig === undefined || kubeconfig === "")
    throw new Error(
      "kubernetes:kubeconfig is missing: set it with `pulumi config set --secret kubernetes:kubeconfig`, or KUBECONFIG in the environment",
    );
  const access = readKubeconfig(kubeconfig, settings.context);
  if (!LOOPBACK.test(access.server))
    throw new Error(
      "the server of kubernetes:kubeconfig must be an address on this machine (http://127.0.0.1:<port>)",
    );
  return {
    client: new KubernetesClient(access, timeoutSeconds() * 1000),
    namespace: settings.namespace ?? access.namespace,
  };
}

function timeoutSeconds(): number {
  const given = process.env.PULUMI_K8S_CLIENT_TIMEOUT;
  if (given === undefined || given === "") return TIMEOUT_S;
  const seconds = Number(given);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new Error("PULUMI_K8S_CLIENT_TIMEOUT is no number of seconds; allowed: 1 and more");
}
