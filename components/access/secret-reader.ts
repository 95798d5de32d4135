import * as pulumi from "@pulumi/pulumi";
import { SecretIamMember } from "@pulumi/gcp/secretmanager";

/** Arguments of {@link SecretReader}. */
export interface SecretReaderArgs {
  readonly project: string;
  /** Who reads, as IAM names it: `serviceAccount:<email>`. */
  readonly member: pulumi.Input<string>;
  /** Exactly the secrets that it reads: a short name for the binding's own name, and the store's id. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Lets one service read exactly the secrets that it uses, each by a binding of its own on that secret; nothing project-wide. */
export class SecretReader extends pulumi.ComponentResource {
  constructor(name: string, args: SecretReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:SecretReader", name, {}, opts);
    for (const [short, secretId] of Object.entries(args.secrets))
      new SecretIamMember(
        `${name}-${short}`,
        {
          project: args.project,
          secretId,
          role: "roles/secretmanager.secretAccessor",
          member: args.member,
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
