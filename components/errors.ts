/** The parts of a message about a mistake in the configuration: what is wrong, where, what is allowed, what mends it. */
export interface ConfigurationProblem {
  /** The setting, as `pulumi config` names it, for example `rekey:rotations.SECRET_KEY.active`. */
  path: string;
  /** What is wrong, without the value where that could be a secret. */
  problem: string;
  /** The values that are allowed, in words. */
  allowed: string;
  /** The command or edit that mends it. */
  fix: string;
}

/** Stops the program before anything changes: a setting is wrong. Never holds a secret value. */
export class ConfigurationError extends Error {
  readonly path: string;
  readonly problem: string;
  readonly allowed: string;
  readonly fix: string;

  constructor(problem: ConfigurationProblem) {
    super(
      `${problem.path}: ${problem.problem}. Allowed: ${problem.allowed}. To mend it: ${problem.fix}`,
    );
    this.name = "ConfigurationError";
    this.path = problem.path;
    this.problem = problem.problem;
    this.allowed = problem.allowed;
    this.fix = problem.fix;
  }
}
