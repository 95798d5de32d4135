import { paginateListSecretVersionIds } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { ProviderFunction } from "../protocol/resource";
import type { Aws } from "./config";
import { calling, text } from "./shared";

/**
 * The versions of a secret with their staging labels, as the official provider lists them: by one call for each page, which tells no value.
 * Fails where there is no such secret.
 */
export const getSecretVersions: ProviderFunction<Aws> = {
  token: "aws:secretsmanager/getSecretVersions:getSecretVersions",
  args: z.strictObject({
    secretId: z.string(),
    includeDeprecated: z.boolean().optional(),
    region: text,
  }),

  async call({ secretId, includeDeprecated }, { secretsManager, region }) {
    const asked = { SecretId: secretId as string, IncludeDeprecated: includeDeprecated === true };
    return calling("Secrets Manager", "ListSecretVersionIds", asked.SecretId, async () => {
      const versions: object[] = [];
      let [arn, name] = ["", ""];
      const pages = paginateListSecretVersionIds({ client: secretsManager }, asked);
      for await (const page of pages) {
        [arn, name] = [page.ARN ?? arn, page.Name ?? name];
        for (const { VersionId, VersionStages, CreatedDate, LastAccessedDate } of page.Versions ??
          [])
          versions.push({
            versionId: VersionId ?? "",
            versionStages: VersionStages ?? [],
            createdTime: CreatedDate?.toISOString() ?? "",
            lastAccessedDate: LastAccessedDate?.toISOString() ?? "",
          });
      }
      const about = { arn, name, secretArn: arn, secretName: name };
      return { ...about, id: asked.SecretId, secretId: asked.SecretId, region, versions };
    });
  },
};
