import * as pulumi from "@pulumi/pulumi";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";

/** Data that outlives the pods. */
export interface WorkloadData {
  /** Where the container finds it. */
  readonly mountPath: string;
  /** How much, for example `10Gi`. */
  readonly size: string;
  /** The cluster's default unless set. */
  readonly storageClass?: string;
}

/** Where a pod finds its token, in the file `token`. */
export const TOKEN_PATH = "/var/run/secrets/rekey";
const TOKEN_SECONDS = 3600;

/** What a pod's volumes are made of. */
export interface VolumesArgs {
  readonly data?: WorkloadData | undefined;
  /** The name of the data's claim. */
  readonly claimName: pulumi.Input<string> | undefined;
  readonly tokenAudience: string | undefined;
}

/** The claim of a workload's data, which is protected. */
export function dataClaim(
  name: string,
  { namespace, claim }: { readonly namespace: string; readonly claim: string },
  { size, storageClass }: WorkloadData,
  parent: pulumi.Resource,
): PersistentVolumeClaim {
  return new PersistentVolumeClaim(
    name,
    {
      metadata: { namespace, name: claim },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
        ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      },
    },
    { parent, protect: true },
  );
}

/** The volumes of the data and of the token, where there are any, and where the container finds them. */
export function podVolumes({ data, claimName, tokenAudience: audience }: VolumesArgs) {
  const token = {
    serviceAccountToken: { path: "token", audience, expirationSeconds: TOKEN_SECONDS },
  };
  const all: [name: string, mountPath: string, volume: object][] = [];
  if (data !== undefined && claimName !== undefined)
    all.push(["data", data.mountPath, { persistentVolumeClaim: { claimName } }]);
  if (audience !== undefined) all.push(["token", TOKEN_PATH, { projected: { sources: [token] } }]);
  return {
    volumes: all.map(([name, , volume]) => ({ name, ...volume })),
    volumeMounts: all.map(([name, mountPath]) => ({ name, mountPath })),
  };
}
