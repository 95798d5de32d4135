import type { ConfigMap } from "@pulumi/pulumi/automation";
import { SecretText } from "../components/secret-text";
import { GoogleClient, GoogleEndpoints, googleClient } from "./google";

/** The provider's settings for other addresses, by the API that they are for. */
const ENDPOINTS: Readonly<Record<string, keyof GoogleEndpoints>> = {
  "gcp:secretManagerCustomEndpoint": "secretManager",
  "gcp:sqlCustomEndpoint": "sql",
  "gcp:cloudRunV2CustomEndpoint": "run",
  "gcp:iamCustomEndpoint": "iam",
  "gcp:resourceManagerCustomEndpoint": "resourceManager",
  "gcp:loggingCustomEndpoint": "logging",
};

/** A client that reaches the same Google Cloud as the stack's provider, by the provider's own settings. */
export function googleOfStack(config: ConfigMap): GoogleClient {
  return googleOfSettings(
    Object.fromEntries(Object.entries(config).map(([name, { value }]) => [name, value])),
  );
}

/** As {@link googleOfStack}, from plain settings. */
export function googleOfSettings(
  settings: Readonly<Record<string, string | undefined>>,
): GoogleClient {
  const endpoints = Object.fromEntries(
    Object.entries(ENDPOINTS).flatMap(([setting, api]) => {
      const value = settings[setting];
      return value === undefined ? [] : [[api, value]];
    }),
  );
  const token = settings["gcp:accessToken"];
  return googleClient({ endpoints, accessToken: SecretText.from(token) });
}
