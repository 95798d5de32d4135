import type { ConfigMap } from "@pulumi/pulumi/automation";
import { homedir } from "node:os";
import { join } from "node:path";
import { KubernetesClient, readKubeconfig } from "./kubernetes";

/**
 * A client that reaches the same cluster as the stack's provider, by the provider's own settings (`kubernetes:kubeconfig`,
 * `kubernetes:context`), else by KUBECONFIG and then the user's own file, as kubectl finds them. Close it in the end.
 */
export function kubernetesOfStack(config: ConfigMap): KubernetesClient {
  const kubeconfig = config["kubernetes:kubeconfig"]?.value || process.env["KUBECONFIG"];
  const context = config["kubernetes:context"]?.value;
  return new KubernetesClient(
    readKubeconfig(kubeconfig || join(homedir(), ".kube", "config"), context),
  );
}
