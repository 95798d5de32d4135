import { configureKubernetes, type Kubernetes, kubernetesConfig } from "./kubernetes/config";
import { objects } from "./kubernetes/objects";
import type { Provider } from "./protocol/resource";

/**
 * Stands in for the official kubernetes provider in a rehearsal, for the resources that the stacks use. It applies them through the
 * Kubernetes API, waits for rollouts as the official one does, and refuses every API server that is not on this machine.
 */
export const kubernetesProvider: Provider<Kubernetes> = {
  name: "kubernetes",
  version: "4.34.2",
  config: kubernetesConfig,
  configure: configureKubernetes,
  resources: objects,
};
