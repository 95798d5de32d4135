import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { callAws } from "../aws-call";
import { RekeyError } from "../errors";
import { quoted } from "../convergence/store";
import type { KnownResource } from "../recovery/state";
import { describe, labelledVersions, putIn, unclaimedIn } from "./aws";
import type { Entry } from "./entry";
import type { Target } from "./target";

/** What an intake entry holds beside the versions of generations. The service insists on a current version, and that shall be no secret. */
const NO_VALUE =
  "No value: rekey takes new values in here, as versions labelled rekey-g<generation>.";
/** Says of an entry what it is for. */
const TAG = { Key: "rekey-intake", Value: "true" };

/**
 * Where AWS Secrets Manager takes values in that the program hands on: an entry beside the secret's own, which nobody reads but the program. It is
 * made with the first value. A version has our label (`rekey-g5`) alone, so that AWS prunes it once the program has taken that off.
 *
 * @param named the versions of this secret that the settings name.
 * @param kmsKeyId encrypts the entry; the account's own key for Secrets Manager unless set.
 */
export function awsIntake(
  target: Target,
  resources: readonly KnownResource[],
  named: readonly string[],
  client: SecretsManagerClient,
  kmsKeyId?: string,
): Entry {
  const { entry } = target;
  let exists = false;
  return {
    async look(generation) {
      const about = await describe(entry, client);
      exists = about !== undefined;
      if (about === undefined) return [];
      if (about.DeletedDate !== undefined) throw beingDeleted(target);
      const ours = about.Tags?.some(({ Key, Value }) => Key === TAG.Key && Value === TAG.Value);
      if (ours !== true) throw somebodyElses(target);
      return unclaimedIn(about, target, generation, resources, named);
    },

    async put(value, generation) {
      if (!exists) await create(entry, kmsKeyId, client);
      return putIn(entry, value, generation, client);
    },

    ...labelledVersions(entry, client),
  };
}

async function create(
  entry: string,
  kmsKeyId: string | undefined,
  client: SecretsManagerClient,
): Promise<void> {
  const { CreateSecretCommand } =
    require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
  await callAws(`AWS Secrets Manager: CreateSecret on ${entry}`, () =>
    client.send(
      new CreateSecretCommand({
        Name: entry,
        SecretString: NO_VALUE,
        Tags: [TAG],
        ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
      }),
    ),
  );
}

function beingDeleted({ store, entry }: Target): RekeyError {
  return new RekeyError({
    code: "no-entry",
    exitCode: 2,
    message: `${store} is being deleted and keeps its name until then; nothing was written`,
    path: "--to-store",
    allowed: "an entry that is not deleted, or none",
    fix: `\`aws secretsmanager restore-secret --secret-id ${quoted(entry)}\`, then run the command again`,
  });
}

function somebodyElses({ store, entry }: Target): RekeyError {
  return new RekeyError({
    code: "no-entry",
    exitCode: 2,
    message: `${store} is there and not of rekey's making, so others may read it; nothing was written`,
    path: "--to-store",
    allowed: `an entry with the tag ${TAG.Key}=${TAG.Value}, or none: the first value makes it`,
    fix: `look who reads it; if it may be used, \`aws secretsmanager tag-resource --secret-id ${quoted(entry)} --tags Key=${TAG.Key},Value=${TAG.Value}\``,
  });
}
