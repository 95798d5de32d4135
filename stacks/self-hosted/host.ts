import { ComposeHostArgs } from "../../components/consumers/compose-host";
import { Configuration } from "../configuration";
import { HostSettings } from "./settings";

/** What is done on a system's machine, and since when each of the system's secrets is active. */
export function hostWork(
  { records, secrets }: Configuration,
  system: string,
  { services, waitSeconds, takeOverEnvFile }: HostSettings,
): Pick<ComposeHostArgs, "services" | "waitSeconds" | "takeOverEnvFile" | "activatedAt"> {
  const mine = secrets.filter((secret) => secret.system === system);
  const activatedAt = Object.fromEntries(mine.map(({ name }) => [name, records.get(name)?.at]));
  return { services, waitSeconds, takeOverEnvFile, activatedAt };
}
