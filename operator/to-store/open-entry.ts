import { placeOf } from "../../stacks/places";
import { RekeyError } from "../errors";
import { externalOf } from "../external";
import type { StackFile } from "../record-file";
import { PlainMap, isPlainMap } from "../yaml-text";
import { Protection, awsIntake } from "./aws";
import type { Clouds } from "./clouds";
import type { Entry } from "./entry";
import { googleEntry } from "./google";
import { referenceIn } from "./reference";
import type { Target } from "./target";
import { vaultIntake } from "./vault";

/**
 * The entry of a target, by the stack's settings and state. Nothing is asked yet.
 *
 * @throws RekeyError (exit 2) where the settings do not lead to the store.
 */
export function openEntry(
  target: Target,
  file: Pick<StackFile, "config">,
  { cloud, resources }: Clouds,
): Entry {
  const { name, system } = target.secret;
  const { config } = file;
  const named = referencesIn(externalOf(file)[name] ?? {});
  if (target.kind === "aws-secrets-manager")
    return awsIntake(
      target,
      resources,
      named,
      cloud.secretsManager(),
      protectionOf(system, config),
    );
  const place = placeOf(system, target.kind, config);
  if (target.kind === "vault-kv")
    return vaultIntake(target, place ?? "", resources, named, cloud.vault());
  if (place === undefined)
    throw new RekeyError({
      code: "configuration",
      exitCode: 2,
      message: `does not say in which project of Google Cloud ${target.store} is`,
      path: `rekey:${system}.project`,
      allowed: "a project's id",
      fix: `pulumi config set --path 'rekey:${system}.project' <project>`,
    });
  return googleEntry(target, place, resources, named, cloud.google().secretManager);
}

/** As the stack protects its own entries. */
function protectionOf(system: string, config: PlainMap): Protection {
  const settings = config[`rekey:${system}`];
  const aws = isPlainMap(settings) && isPlainMap(settings.aws) ? settings.aws : {};
  const { kmsKeyArn, resourcePolicy } = aws;
  return {
    ...(typeof kmsKeyArn === "string" ? { kmsKeyId: kmsKeyArn } : {}),
    ...(typeof resourcePolicy === "string" ? { resourcePolicy } : {}),
  };
}

function referencesIn(slots: PlainMap): string[] {
  return Object.values(slots).flatMap((entry) => referenceIn(entry) ?? []);
}
