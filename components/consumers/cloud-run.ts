import * as pulumi from "@pulumi/pulumi";
import { acceptedName } from "../accepted-name";
import { Slot } from "../rotation";

/** An environment variable whose value the platform reads from a pinned version, as the service's own identity. */
export interface SecretEnv {
  readonly name: string;
  readonly secretId: pulumi.Input<string>;
  /** A version number, never `latest`: what runs is what was reviewed. */
  readonly version: pulumi.Input<string>;
}

/** What services and jobs on Cloud Run have in common. */
export interface CloudRunArgs {
  readonly project: string;
  readonly location: string;
  /** The name in Cloud Run. */
  readonly serviceName: string;
  readonly image: string;
  /** The identity that it runs as and reads its secrets with. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Settings that are no secrets. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  readonly secretEnv: readonly SecretEnv[];
  /** The active generation of each secret it uses: shown in previews, where version numbers are still unknown. */
  readonly generations: Readonly<Record<string, number>>;
  /** The Cloud SQL instance to connect, `project:region:instance`, mounted below /cloudsql. */
  readonly cloudSqlConnection?: string;
}

/** A container's variable: a plain value or a reference to a version. */
export interface ContainerEnv {
  readonly name: string;
  readonly value?: pulumi.Input<string>;
  readonly valueSource?: {
    readonly secretKeyRef: {
      readonly secret: pulumi.Input<string>;
      readonly version: pulumi.Input<string>;
    };
  };
}

/** The variables of a container, plain ones first. */
export function containerEnv({ env, secretEnv }: CloudRunArgs): ContainerEnv[] {
  return [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...secretEnv.map(({ name, secretId, version }) => ({
      name,
      valueSource: { secretKeyRef: { secret: secretId, version } },
    })),
  ];
}

/** `rekey.generation/SECRET_KEY: "5"` for each secret: the part of a preview that is known before any version is. */
export function generationAnnotations(
  generations: Readonly<Record<string, number>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(generations).map(([name, generation]) => [
      `rekey.generation/${name}`,
      String(generation),
    ]),
  );
}

/** The volume through which Cloud Run reaches a Cloud SQL instance, and its mount. */
export function cloudSqlVolume(connection: string | undefined) {
  if (connection === undefined) return { volumes: undefined, volumeMounts: undefined };
  return {
    volumes: [{ name: "cloudsql", cloudSqlInstance: { instances: [connection] } }],
    volumeMounts: [{ name: "cloudsql", mountPath: "/cloudsql" }],
  };
}

/** The accepted generations of a secret as variables `<NAME>_ACCEPTED_<SLOT>`, one a live slot. */
export function acceptedEnv(
  name: string,
  secretId: pulumi.Input<string>,
  versions: Readonly<Record<Slot, pulumi.Output<string>>>,
): SecretEnv[] {
  return Object.entries(versions).map(([slot, version]) => ({
    name: acceptedName(name, slot),
    secretId,
    version,
  }));
}
