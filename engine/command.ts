import { createRequire } from "node:module";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { useOwnConnections } from "./channels";
import type { Engine, Located } from "./engine";

type SdkVersion = NonNullable<PulumiCommand["version"]>;

/**
 * Wraps a CLI for the Automation API without starting it: `PulumiCommand.get` would run `pulumi version` each time, which takes
 * half a second and tells what is known already. The constructor is private in the types only; the SDK's version is pinned.
 */
export function toEngine(located: Located): Engine {
  useOwnConnections();
  const args = [located.path, sdkVersion(located.version)];
  return { ...located, command: Reflect.construct(PulumiCommand, args) as PulumiCommand };
}

/** A version as the SDK takes it: of the very semver that the SDK itself loads. */
export function sdkVersion(version: string): SdkVersion {
  const fromSdk = createRequire(require.resolve("@pulumi/pulumi/automation"));
  const { SemVer } = fromSdk("semver") as { SemVer: new (version: string) => SdkVersion };
  return new SemVer(version);
}
