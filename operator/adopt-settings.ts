import { EXTERNAL } from "../components/external";
import { CAPANEL, CapanelSettings, readCapanelSettings } from "../stacks/capanel/settings";
import type { Found } from "./adopt";
import { externalOf } from "./external";
import type { OpenProject } from "./project";
import { withChanges } from "./record-file";
import type { PlainMap } from "./yaml-text";

/** The credential whose user is adopted with it. */
export const DATABASE = "CLOUD_SQL_PASSWORD";

/** What is taken over of one secret. */
export interface Adoption {
  readonly secret: string;
  readonly entry: string;
  readonly version?: number;
  readonly user?: string;
  readonly olderEnabled: readonly number[];
}

/** The adoption of what was found; without a version where nothing holds the value yet. */
export function adoptionOf(
  { secret, entry, olderEnabled }: Found,
  version: number | undefined,
  databaseUser: string | undefined,
): Adoption {
  return {
    ...{ secret: secret.name, entry, olderEnabled },
    ...(version === undefined ? {} : { version }),
    ...(secret.name === DATABASE ? { user: String(databaseUser) } : {}),
  };
}

/**
 * The settings file with the references.
 *
 * @throws ConfigurationError where the program would refuse its settings.
 */
export function changedText(
  open: OpenProject,
  settings: CapanelSettings,
  adopted: readonly Adoption[],
): string {
  const config = changedSettings(open, settings, adopted);
  readCapanelSettings(config[CAPANEL]);
  return withChanges(open.file, { config });
}

/** References only: no value reaches the settings file. */
function changedSettings(
  open: OpenProject,
  settings: CapanelSettings,
  adopted: readonly Adoption[],
) {
  const known = adopted.filter((one) => one.version !== undefined);
  const externals = new Set(
    open.secrets.filter(({ source }) => source === "external").map(({ name }) => name),
  );
  const adopt = known
    .filter(({ secret }) => !externals.has(secret))
    .map(({ secret, version, user }) => [
      secret,
      { version: String(version), ...(user === undefined ? {} : { user }) },
    ]);
  const external = known
    .filter(({ secret }) => externals.has(secret))
    .map(({ secret, entry, version }) => [
      secret,
      {
        a: {
          generation: 1,
          version: `projects/${settings.project}/secrets/${entry}/versions/${version}`,
        },
      },
    ]);
  const before = (open.file.config[CAPANEL] ?? {}) as PlainMap;
  return {
    [CAPANEL]: {
      ...before,
      adopt: {
        ...((before["adopt"] ?? {}) as PlainMap),
        ...(Object.fromEntries(adopt) as PlainMap),
      },
    },
    ...(external.length === 0
      ? {}
      : { [EXTERNAL]: { ...externalOf(open.file), ...Object.fromEntries(external) } as PlainMap }),
  };
}
