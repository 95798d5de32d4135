import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Aws } from "../../rehearsal/clouds/aws";

/** A client of the emulator's administrator. */
export function awsClient({ url, region, accessKeyId, secretAccessKey }: Aws) {
  return new SecretsManagerClient({
    endpoint: url,
    region,
    credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal() },
  });
}
