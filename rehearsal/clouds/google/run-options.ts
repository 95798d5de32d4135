/** Settings of the Cloud Run fake; plain data, so that a parent process can hand them over as JSON. */

/** What stands behind a container image. */
export interface ImageSpec {
  /** Executable and arguments of the process that runs in place of a container; the template's `args` are appended. */
  readonly command: readonly [string, ...string[]];
  /** Variables of the image itself, under those that a service declares. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How the fake runs services and jobs. */
export interface RunOptions {
  /** Images by the name that templates use, tag included. Another name is answered as an image that was not found. Default: none. */
  readonly images?: Readonly<Record<string, ImageSpec>>;
  /** Seconds for which the old and the new revision both serve. Default: 5. */
  readonly overlapSeconds?: number;
  /** Processes of a revision, within the template's scaling bounds. Default: 2. */
  readonly instancesPerRevision?: number;
  /** Variables of every process, under those of images and services. Default: none. */
  readonly appEnv?: Readonly<Record<string, string>>;
  /** Longest wait for a start-up probe in milliseconds, where the template allows more. Default: 15,000. */
  readonly startupDeadlineMs?: number;
  /** Longest wait for requests under way on an old instance before its SIGTERM, in milliseconds. Default: 10,000. */
  readonly drainMs?: number;
  /** Answers 403 to requests for a service that `allUsers` may not invoke, as the real front end does. Default: true. */
  readonly enforceInvoker?: boolean;
  /** Folder for the processes' output, one file an instance. Default: the output is dropped but for the last 16 KiB in memory. */
  readonly logDir?: string;
}

/** {@link RunOptions} with the defaults filled in. */
export type RunSettings = Required<Omit<RunOptions, "logDir">> & Pick<RunOptions, "logDir">;

/** Fills in the defaults; throws for a number that makes no sense. */
export function runSettings(options: RunOptions): RunSettings {
  const settings = {
    images: {},
    overlapSeconds: 5,
    instancesPerRevision: 2,
    appEnv: {},
    startupDeadlineMs: 15_000,
    drainMs: 10_000,
    enforceInvoker: true,
    ...options,
  };
  const bounds = { overlapSeconds: 0, instancesPerRevision: 1, startupDeadlineMs: 1, drainMs: 0 };
  for (const [name, least] of Object.entries(bounds) as [keyof typeof bounds, number][]) {
    if (!(settings[name] >= least)) {
      throw new Error(`run.${name} must be a number of at least ${least}`);
    }
  }
  return settings;
}
