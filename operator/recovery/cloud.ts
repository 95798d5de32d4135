import type { IAMClient } from "@aws-sdk/client-iam";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { iamOf, lambdaOf, secretsManagerOf } from "../convergence/aws-client";
import type { GoogleClient } from "../google";
import { googleOfStack } from "../google-of-stack";
import type { KubernetesClient } from "../kubernetes";
import { kubernetesOfStack } from "../kubernetes-of-stack";
import type { VaultClient } from "../vault";
import { vaultOfStack } from "../vault-of-stack";

/** The clouds of a stack, and what its configuration says about them. A client is made when it is first asked for. */
export interface Cloud {
  /** Versions that the configuration names, as `<secret>/<number>`: known, although no state has them yet. */
  readonly external: ReadonlySet<string>;
  readonly google: () => GoogleClient;
  readonly kubernetes: () => KubernetesClient;
  readonly secretsManager: () => SecretsManagerClient;
  readonly iam: () => IAMClient;
  readonly lambda: () => LambdaClient;
  readonly vault: () => VaultClient;
  /** Ends the connections that are kept open. */
  close(): void;
}

/** Reaches the same clouds as the stack's providers, by the providers' own settings. Close it in the end. */
export function openCloud(config: ConfigMap, external: ReadonlySet<string>): Cloud {
  const opened: (() => void)[] = [];
  const once = <T>(open: (config: ConfigMap) => T, close: (client: T) => void) => {
    let client: T | undefined;
    return () => {
      if (client !== undefined) return client;
      const made = open(config);
      opened.push(() => close(made));
      return (client = made);
    };
  };
  return {
    external,
    google: once(googleOfStack, () => undefined),
    kubernetes: once(kubernetesOfStack, (client) => client.close()),
    secretsManager: once(secretsManagerOf, (client) => client.destroy()),
    iam: once(iamOf, (client) => client.destroy()),
    lambda: once(lambdaOf, (client) => client.destroy()),
    vault: once(vaultOfStack, (client) => client.close()),
    close: () => opened.splice(0).forEach((close) => close()),
  };
}
