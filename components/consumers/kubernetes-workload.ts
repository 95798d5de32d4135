import * as pulumi from "@pulumi/pulumi";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { generationAnnotations } from "./cloud-run";
import { KubernetesSecretEnv, kubernetesEnv } from "./kubernetes-env";
import { WorkloadData, dataClaim, podVolumes } from "./kubernetes-volumes";

/** Longer than nodes take to learn that a pod is leaving. */
const DRAIN_SECONDS = 5;

/** Read by Reloader, which restarts a deployment's pods when one of these objects changes. */
export const RELOAD = "secret.reloader.stakater.com/reload";

/** Arguments of {@link KubernetesWorkload}. */
export interface KubernetesWorkloadArgs {
  readonly namespace: string;
  /** The name of the deployment, its service and its service account. */
  readonly workloadName: string;
  readonly image: string;
  readonly args?: readonly string[];
  /** The port that the container listens on, and that the service answers on. */
  readonly port: number;
  /** Settings that are no secrets. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  /** See `kubernetesSecretEnv`. */
  readonly secretEnv: readonly KubernetesSecretEnv[];
  /** The active generation of each secret it uses, for annotations. */
  readonly generations: Readonly<Record<string, number>>;
  /** The path that answers 200 once the container works with its secrets; `/readyz` unless set. */
  readonly readyPath?: string;
  /** 2 unless set, so that one is always there. */
  readonly replicas?: number;
  /** Data in a claim of its own, which no rotation touches. */
  readonly data?: WorkloadData;
  /**
   * `rolling` (unless set): a new pod is ready before an old one ends; nothing is interrupted. `recreate`: the old pod ends first, for a program
   * that must be alone with its data; requests fail in between.
   */
  readonly rollout?: "rolling" | "recreate";
  /** True when it has an address outside the cluster. */
  readonly exposed?: boolean;
  /** Seconds that a pod has to answer the requests under way; 30 unless set. */
  readonly graceSeconds?: number;
  /**
   * Seconds that an old pod goes on serving before it is told to end: for so long a cluster's nodes may still send it requests, which would fail.
   * 5 unless set, 0 with `recreate`. Needs Kubernetes 1.30 or later where it is above 0.
   */
  readonly drainSeconds?: number;
  /**
   * The audience of a token of its service account that the pod finds at `/var/run/secrets/rekey/token`, such as `vault` for a log-in by
   * `VaultKubernetesRole`; good for an hour and made anew by the kubelet in time. None unless set: the pod carries no token.
   */
  readonly tokenAudience?: string;
  /**
   * Seconds without progress after which a rollout has failed; 120 unless set. The update waits so long for each replica, and fails when they are
   * not all ready then.
   */
  readonly deadlineSeconds?: number;
}

/**
 * A deployment whose secrets are pinned to named generations: an activation changes a name and an annotation, and so rolls the pods in that same
 * update, which waits for it. If the new pods do not become ready, the update fails and the old ones go on serving.
 */
export class KubernetesWorkload extends pulumi.ComponentResource {
  /** Its address: outside the cluster where it is exposed, else the one within. */
  readonly uri: pulumi.Output<string>;

  constructor(name: string, args: KubernetesWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:KubernetesWorkload", name, {}, opts);
    const { namespace, workloadName } = args;
    const metadata = { namespace, name: workloadName, labels: labelsOf(args) };
    const account = new ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      { parent: this },
    );
    const place = { namespace, claim: `${workloadName}-data` };
    const claim = args.data && dataClaim(`${name}-data`, place, args.data, this);
    const customTimeouts = waiting(args);
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          selector: labelsOf(args),
          type: args.exposed === true ? "LoadBalancer" : "ClusterIP",
          ports: [{ port: args.port, targetPort: args.port }],
        },
      },
      // The address of a load balancer may take longer than its pods.
      { parent: this, ...(args.exposed === true ? {} : { customTimeouts }) },
    );
    new Deployment(
      `${name}-deployment`,
      {
        metadata: {
          ...metadata,
          annotations: { ...generationAnnotations(args.generations), ...restarts(args) },
        },
        spec: deploymentSpec(args, account.metadata.name, claim?.metadata.name),
      },
      { parent: this, customTimeouts },
    );
    const within = `http://${workloadName}.${namespace}.svc:${args.port}`;
    this.uri = args.exposed === true ? outside(service, args.port) : pulumi.output(within);
    this.registerOutputs({ uri: this.uri });
  }
}

/**
 * How long an update waits for the pods: as long as a rollout may take that makes progress in time, pod by pod. The provider does not end its wait
 * where the cluster gives a rollout up, and would wait ten minutes; for the service it waits as well, until each pod that it selects is ready.
 */
function waiting(args: KubernetesWorkloadArgs): pulumi.CustomTimeouts {
  const seconds = deadlineOf(args) * Math.max(replicasOf(args), 1);
  return { create: `${seconds}s`, update: `${seconds}s` };
}

function deadlineOf({ deadlineSeconds = 120 }: KubernetesWorkloadArgs): number {
  return deadlineSeconds;
}

function replicasOf({ replicas = 2 }: KubernetesWorkloadArgs): number {
  return replicas;
}

/** Names what the cluster changes by itself, so that a Reloader that runs there starts the pods anew with it. */
function restarts({ secretEnv }: KubernetesWorkloadArgs): Record<string, pulumi.Input<string>> {
  const names = secretEnv.filter(({ synced }) => synced).map(({ secretName }) => secretName);
  if (names.length === 0) return {};
  return { [RELOAD]: pulumi.all(names).apply((all) => [...new Set(all)].join(",")) };
}

function labelsOf({ workloadName }: KubernetesWorkloadArgs): Record<string, string> {
  return { "app.kubernetes.io/name": workloadName };
}

function deploymentSpec(
  args: KubernetesWorkloadArgs,
  serviceAccountName: pulumi.Input<string>,
  claimName: pulumi.Input<string> | undefined,
) {
  const { workloadName, image, port } = args;
  const strategy =
    args.rollout === "recreate"
      ? { type: "Recreate" }
      : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const { data, tokenAudience } = args;
  const { volumes, volumeMounts } = podVolumes({ data, claimName, tokenAudience });
  const drainSeconds = args.drainSeconds ?? (args.rollout === "recreate" ? 0 : DRAIN_SECONDS);
  return {
    replicas: replicasOf(args),
    progressDeadlineSeconds: deadlineOf(args),
    strategy,
    selector: { matchLabels: labelsOf(args) },
    template: {
      metadata: { labels: labelsOf(args), annotations: generationAnnotations(args.generations) },
      spec: {
        serviceAccountName,
        automountServiceAccountToken: false,
        // The time begins when the pod is to end, before it is told.
        terminationGracePeriodSeconds: (args.graceSeconds ?? 30) + drainSeconds,
        containers: [
          {
            name: workloadName,
            image,
            ...(args.args === undefined ? {} : { args: [...args.args] }),
            env: kubernetesEnv(args.env, args.secretEnv),
            ports: [{ containerPort: port }],
            readinessProbe: {
              httpGet: { path: args.readyPath ?? "/readyz", port },
              periodSeconds: 2,
              timeoutSeconds: 2,
            },
            ...(drainSeconds === 0
              ? {}
              : { lifecycle: { preStop: { sleep: { seconds: drainSeconds } } } }),
            ...(volumeMounts.length > 0 ? { volumeMounts } : {}),
          },
        ],
        ...(volumes.length > 0 ? { volumes } : {}),
      },
    },
  };
}

/** The balancer's address; its own port where it tells one. */
function outside(service: Service, port: number): pulumi.Output<string> {
  return service.status.apply((status) => {
    const [ingress] = status?.loadBalancer?.ingress ?? [];
    const host = ingress?.hostname ?? ingress?.ip ?? "";
    return `http://${host}:${ingress?.ports?.[0]?.port ?? port}`;
  });
}
