import * as pulumi from "@pulumi/pulumi";
import { Job } from "@pulumi/gcp/cloudrunv2";
import { CloudRunArgs, cloudSqlVolume, containerEnv, generationAnnotations } from "./cloud-run";

/** Arguments of {@link CloudRunJob}. */
export interface CloudRunJobArgs extends CloudRunArgs {
  /** What a run belongs to, for example the generation: a change runs the job once, within the update. */
  readonly runToken: string;
}

/**
 * A Cloud Run job that runs when an activation needs something done, such as re-seeding an administrator whose hash the application
 * keeps. The update waits for the run and fails with it; the next `up` tries again.
 */
export class CloudRunJob extends pulumi.ComponentResource {
  constructor(name: string, args: CloudRunJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:CloudRunJob", name, {}, opts);
    const { project, location, serviceName } = args;
    const { volumes, volumeMounts } = cloudSqlVolume(args.cloudSqlConnection);
    new Job(
      `${name}-job`,
      {
        project,
        location,
        name: serviceName,
        deletionProtection: true,
        launchStage: "BETA",
        runExecutionToken: args.runToken,
        template: {
          template: {
            serviceAccount: args.serviceAccount,
            maxRetries: 1,
            volumes,
            containers: [{ image: args.image, envs: containerEnv(args), volumeMounts }],
          },
          annotations: generationAnnotations(args.generations),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
