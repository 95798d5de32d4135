import { z } from "zod";
import { googleClient, type GoogleClient } from "../../../operator/google";
import type { Properties } from "../protocol/values";

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?\//;

const endpoint = z.string().regex(LOOPBACK, {
  message: "must be an address on this machine (http://127.0.0.1:<port>/…/), with a final slash",
});
const text = z.string().min(1);

/**
 * The settings of the gcp provider, named as the official one names them. All four endpoints are required
 * and must be on loopback: this provider never speaks to Google.
 */
export const gcpConfig = z.strictObject({
  project: text,
  region: text.optional(),
  zone: text.optional(),
  accessToken: text,
  addPulumiAttributionLabel: z.union([z.boolean(), z.enum(["true", "false"])]).optional(),
  disableGooglePartnerName: z.union([z.boolean(), z.enum(["true", "false"])]).optional(),
  secretManagerCustomEndpoint: endpoint,
  sqlCustomEndpoint: endpoint,
  cloudRunV2CustomEndpoint: endpoint,
  iamCustomEndpoint: endpoint,
  // No resource needs these two; where a stack names them for others, they must be local as well.
  loggingCustomEndpoint: endpoint.optional(),
  resourceManagerCustomEndpoint: endpoint.optional(),
});

/** What the resources of the gcp provider work with. */
export interface Gcp {
  google: GoogleClient;
  project: string;
  region: string | undefined;
  /** The labels that the provider puts on whatever takes labels. */
  attribution: Record<string, string>;
}

/** Makes the client. Operations get two minutes, since everything is on this machine. */
export function configureGcp(config: Properties): Gcp {
  const settings = gcpConfig.parse(config);
  return {
    project: settings.project,
    region: settings.region,
    attribution:
      String(settings.addPulumiAttributionLabel ?? true) === "true"
        ? { "goog-pulumi-provisioned": "true" }
        : {},
    google: googleClient({
      accessToken: settings.accessToken,
      endpoints: {
        secretManager: settings.secretManagerCustomEndpoint,
        sql: settings.sqlCustomEndpoint,
        run: settings.cloudRunV2CustomEndpoint,
        iam: settings.iamCustomEndpoint,
      },
      patience: { operationTimeout: 120_000, requestTimeout: 60_000, pollInterval: 200 },
    }),
  };
}
