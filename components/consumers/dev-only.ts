import { ConfigurationError } from "../errors";

/** Throws outside `dev`: a value on a developer's machine has no history, no audit log and no one who retires it. */
export function refuseOutsideDev(name: string, environment: string, setting: string): void {
  if (environment === "dev") return;
  throw new ConfigurationError({
    path: `rekey:environment (${name})`,
    problem: `an env file in the environment ${environment}`,
    allowed: "an env file in `dev` only; elsewhere values come from a store",
    fix: `remove ${setting} from this stack`,
  });
}
