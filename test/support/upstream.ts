/** Which providers under test are their upstreams' own code instead of our servers. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type LocalProvider, localProviders } from "../../rehearsal/providers";

/** The folder with `<name>/pulumi-resource-<name>`, as `npm run upstream` builds them. */
const FOLDER = process.env["REKEY_UPSTREAM"];

/** Whether a provider under test is its upstream's own code. */
export function isUpstream(name: string): boolean {
  return FOLDER !== undefined && existsSync(join(FOLDER, name, `pulumi-resource-${name}`));
}

/** The provider servers for a test's engine: our own, and in their places those that `npm run upstream` built. */
export function providersUnderTest(): LocalProvider[] {
  return localProviders().map(({ name, path }) => ({
    name,
    path: FOLDER !== undefined && isUpstream(name) ? join(FOLDER, name) : path,
  }));
}
