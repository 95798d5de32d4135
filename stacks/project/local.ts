import * as pulumi from "@pulumi/pulumi";
import { acceptedName } from "../../components/accepted-name";
import { DeveloperEnvFile } from "../../components/consumers/developer-env-file";
import { activeOf } from "../../components/generations";
import { Configuration } from "../configuration";
import { databaseEnv } from "../self-hosted/database";
import { Generations, ProjectSecrets } from "./secrets";
import { PROJECT, ProjectSettings } from "./settings";
import { VARIABLES } from "./workloads";

/**
 * The variables that backend and agents have in the cluster, in an env file on a developer's machine. Refused outside dev. A value that the program
 * does not see (it was taken in past it) is left out.
 */
export function projectLocal(
  { environment }: Configuration,
  settings: ProjectSettings,
  { generations, database, encryption }: ProjectSecrets,
): void {
  if (settings.envFile === undefined) return;
  const read = Object.entries({ ...VARIABLES.backend, ...VARIABLES.agents });
  const many = (name: string) =>
    VARIABLES.backend[name] === "many" || VARIABLES.agents[name] === "many";
  const variables = read.flatMap(([name]) => valuesOf(name, generations[name] ?? [], many(name)));
  const { keys, keyVersions, forConsumers } = encryption;
  new DeveloperEnvFile("project-local-env", {
    ...{ environment, setting: `${PROJECT}.envFile`, file: settings.envFile },
    env: { ...databaseEnv(settings.database, database), ENCRYPTION_KEY_VERSIONS: keyVersions },
    secretEnv: Object.fromEntries([
      ...variables,
      ...(keys === undefined ? [] : [["ENCRYPTION_KEY", keys] as const]),
    ]),
    generations: {
      ...Object.fromEntries(
        read.map(([name]) => [name, activeOf(generations[name] ?? []).generation]),
      ),
      ENCRYPTION_KEY: forConsumers.active.generation,
    },
  });
}

/** As `kubernetesSecretEnv` names them. */
function valuesOf(name: string, live: Generations, many: boolean) {
  const accepted = live.map(({ slot, value }) => [acceptedName(name, slot), value]);
  const all = [[name, activeOf(live).value], ...(many ? accepted : [])] as const;
  return all.filter((one): one is [string, pulumi.Output<string>] => one[1] !== undefined);
}
