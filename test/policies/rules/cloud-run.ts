import { Declared } from "../harness";

/** One entry of an environment, as a program declares it. */
export type Variable = Record<string, unknown>;

/** The four shapes in which Cloud Run resources hold an environment. */
export const SHAPES: Readonly<Record<string, (envs: unknown) => Declared>> = {
  "v2 service": (envs) => ({
    type: "gcp:cloudrunv2/service:Service",
    properties: { template: { containers: [{ image: "api", envs }] } },
  }),
  "v2 job": (envs) => ({
    type: "gcp:cloudrunv2/job:Job",
    properties: { template: { template: { containers: [{ image: "seed", envs }] } } },
  }),
  "v2 worker pool": (envs) => ({
    type: "gcp:cloudrunv2/workerPool:WorkerPool",
    properties: { template: { containers: [{ image: "worker", envs }] } },
  }),
  "v1 service": (envs) => ({
    type: "gcp:cloudrun/service:Service",
    properties: { template: { spec: { containers: [{ image: "api", envs }] } } },
  }),
};

/** A v2 service with the given environment. */
export function service(...envs: unknown[]): Declared {
  return SHAPES["v2 service"]!(envs);
}
