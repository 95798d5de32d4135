import * as pulumi from "@pulumi/pulumi";
import { Service, ServiceIamMember } from "@pulumi/gcp/cloudrunv2";
import { CloudRunArgs, cloudSqlVolume, containerEnv, generationAnnotations } from "./cloud-run";

/** Arguments of {@link CloudRunService}. */
export interface CloudRunServiceArgs extends CloudRunArgs {
  /** Who may reach it from the network; `INGRESS_TRAFFIC_ALL` unless set. */
  readonly ingress?: string;
  /** The path that answers 200 once the instance works with its secrets; `/readyz` unless set. */
  readonly readyPath?: string;
  /** Instances kept running; 1 unless set. */
  readonly minInstances?: number;
  /** Instances at most; 10 unless set. */
  readonly maxInstances?: number;
  /** True when anybody may call it without a token. */
  readonly public?: boolean;
}

/**
 * A Cloud Run service whose secrets are pinned to versions: an activation changes a pin, and so makes a new revision in that same
 * update. The platform starts it beside the old one, asks its ready path, and moves traffic only if it answers; if it does not, the
 * update fails and the old revision goes on serving.
 */
export class CloudRunService extends pulumi.ComponentResource {
  /** The address that the service answers on. */
  readonly uri: pulumi.Output<string>;
  /** The newest revision that is ready. */
  readonly revision: pulumi.Output<string>;

  constructor(name: string, args: CloudRunServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:CloudRunService", name, {}, opts);
    const { project, location, serviceName } = args;
    const { volumes, volumeMounts } = cloudSqlVolume(args.cloudSqlConnection);
    const service = new Service(
      `${name}-service`,
      {
        project,
        location,
        name: serviceName,
        ingress: args.ingress ?? "INGRESS_TRAFFIC_ALL",
        deletionProtection: true,
        template: {
          serviceAccount: args.serviceAccount,
          annotations: generationAnnotations(args.generations),
          scaling: {
            minInstanceCount: args.minInstances ?? 1,
            maxInstanceCount: args.maxInstances ?? 10,
          },
          volumes,
          containers: [
            {
              image: args.image,
              envs: containerEnv(args),
              volumeMounts,
              startupProbe: {
                httpGet: { path: args.readyPath ?? "/readyz" },
                periodSeconds: 2,
                timeoutSeconds: 2,
                failureThreshold: 15,
              },
            },
          ],
        },
      },
      { parent: this },
    );
    if (args.public === true)
      new ServiceIamMember(
        `${name}-invoker`,
        { project, location, name: service.name, role: "roles/run.invoker", member: "allUsers" },
        { parent: this },
      );
    this.uri = service.uri;
    this.revision = service.latestReadyRevision;
    this.registerOutputs({ uri: this.uri, revision: this.revision });
  }
}
