import * as pulumi from "@pulumi/pulumi";
import type { CREDENTIAL_PARTS } from "../stores/credential-text";

/** A secret that a consumer on AWS uses under a name of its own, pinned to one version unless a rotation function makes its versions. */
export interface AwsSecretEnv {
  /** What the consumer calls it, for example `JWT_SECRET`. */
  readonly name: string;
  readonly secretArn: pulumi.Input<string>;
  /**
   * The version's id, as `AwsSecretsManager.activeVersion` tells it: what runs is what was reviewed. Leave it out for a secret that a
   * function rotates, whose later versions the program never sees: whoever starts then gets AWSCURRENT.
   */
  readonly versionId?: pulumi.Input<string>;
  /** Which half of a credential it is; the secret's whole text unless set. Both halves are of one version, so they always fit. */
  readonly jsonKey?: (typeof CREDENTIAL_PARTS)[number];
}

/** The version as ECS takes it: `<ARN>:<JSON key>:<label>:<version id>`, the label always empty and the others where they are not given. */
export function valueFrom({ secretArn, versionId, jsonKey }: AwsSecretEnv): pulumi.Output<string> {
  return pulumi.interpolate`${secretArn}:${jsonKey ?? ""}::${versionId ?? ""}`;
}
