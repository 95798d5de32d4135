import * as pulumi from "@pulumi/pulumi";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { generationAnnotations } from "./cloud-run";
import { KubernetesSecretEnv, kubernetesEnv } from "./kubernetes-env";

/** Arguments of {@link KubernetesCronJob}. */
export interface KubernetesCronJobArgs {
  readonly namespace: string;
  /** The name of the cron job and its service account. */
  readonly jobName: string;
  readonly image: string;
  readonly args?: readonly string[];
  /** When it runs, in cron's words and in UTC: `0 2 * * *` is every night at two. */
  readonly schedule: string;
  /** Settings that are no secrets. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  /** See `kubernetesSecretEnv`. */
  readonly secretEnv: readonly KubernetesSecretEnv[];
  /** The active generation of each secret it uses, for annotations. */
  readonly generations: Readonly<Record<string, number>>;
  /**
   * Seconds that a run may take; 3,600 unless set. A run keeps the generation that it began with: retire that one only when this time is over
   * since the activation, or a run that is under way fails and is tried again with the new one.
   */
  readonly deadlineSeconds?: number;
  /** How often a run that failed is tried again; 2 unless set. */
  readonly retries?: number;
}

/**
 * A job that runs by the clock, such as a backup, whose secrets are pinned to named generations: each run takes the generation that is active
 * when it begins. Two runs never overlap. An activation changes the job and starts nothing.
 */
export class KubernetesCronJob extends pulumi.ComponentResource {
  constructor(name: string, args: KubernetesCronJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:KubernetesCronJob", name, {}, opts);
    const { namespace, jobName, generations } = args;
    const labels = { "app.kubernetes.io/name": jobName };
    const metadata = { namespace, name: jobName, labels };
    const account = new ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      { parent: this },
    );
    new CronJob(
      `${name}-job`,
      {
        metadata: { ...metadata, annotations: generationAnnotations(generations) },
        spec: {
          schedule: args.schedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          jobTemplate: jobTemplate(args, labels, account.metadata.name),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function jobTemplate(
  args: KubernetesCronJobArgs,
  labels: Readonly<Record<string, string>>,
  serviceAccountName: pulumi.Input<string>,
) {
  return {
    spec: {
      backoffLimit: args.retries ?? 2,
      activeDeadlineSeconds: args.deadlineSeconds ?? 3600,
      template: {
        metadata: { labels, annotations: generationAnnotations(args.generations) },
        spec: {
          serviceAccountName,
          automountServiceAccountToken: false,
          restartPolicy: "Never",
          containers: [
            {
              name: args.jobName,
              image: args.image,
              ...(args.args === undefined ? {} : { args: [...args.args] }),
              env: kubernetesEnv(args.env, args.secretEnv),
            },
          ],
        },
      },
    },
  };
}
