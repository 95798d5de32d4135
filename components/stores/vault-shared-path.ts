import * as pulumi from "@pulumi/pulumi";
import { acceptedName } from "../accepted-name";
import { SecretV2 } from "@pulumi/vault/kv";
import { ConfigurationError } from "../errors";
import { SecretGeneration, activeOf } from "../generations";
import { KV_MOUNT } from "./vault-kv";

/** Arguments of {@link VaultSharedPath}. */
export interface VaultSharedPathArgs {
  /** The KV v2 engine's path; `secret` unless set. */
  readonly mount?: string;
  /** The path that holds every secret, for example `project/prod`. */
  readonly path: string;
  /** The live generations of each secret, by the key that readers know it by, such as `JWT_SECRET`. */
  readonly secrets: Readonly<Record<string, readonly SecretGeneration[]>>;
}

/**
 * Keeps many secrets at one path of a Vault KV v2 engine, as systems that are taken over often do: whoever reads one reads them all. Meant for
 * the time until every reader has moved to paths of its own ({@link VaultKv}); it warns at every update. A move of one secret writes one
 * version with all of them: each key is the active value, `<KEY>_ACCEPTED_<SLOT>` each live one while there are several.
 */
export class VaultSharedPath extends pulumi.ComponentResource {
  /** What a reader asks for: `secret/data/project/prod`. */
  readonly dataPath: string;

  constructor(name: string, args: VaultSharedPathArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:VaultSharedPath", name, {}, opts);
    const { mount = KV_MOUNT, path, secrets } = args;
    this.dataPath = `${mount}/data/${path}`;
    void pulumi.log.warn(
      `${this.dataPath} holds ${Object.keys(secrets).length} secrets, and every reader of one reads them all: give each a path of its own`,
      this,
    );
    const actives = Object.entries(secrets).map(([key, live]) => [key, activeOf(live)] as const);
    // As long as nothing was rotated, the path is left as it was found.
    if (actives.some(([, active]) => active.value !== undefined)) {
      actives.forEach(([key, active]) => requireValue(this.dataPath, key, active));
      new SecretV2(
        `${name}-secrets`,
        {
          mount,
          name: path,
          dataJson: pulumi.secret(pulumi.jsonStringify(fields(secrets))),
          customMetadata: {
            data: Object.fromEntries(
              actives.map(([key, { generation }]) => [`${key}-generation`, String(generation)]),
            ),
          },
        },
        { parent: this, protect: true },
      );
    }
    this.registerOutputs({ dataPath: this.dataPath });
  }
}

function requireValue(dataPath: string, key: string, active: SecretGeneration): void {
  if (active.value !== undefined) return;
  throw new ConfigurationError({
    path: `${dataPath} ${key}`,
    problem: `generation ${active.generation} is known to the store alone, and a move of another secret would write the path without it`,
    allowed: "values that the program has, of every secret at a shared path",
    fix: `take it in first with \`rekey intake ${key}\`, or give the secrets paths of their own`,
  });
}

function fields(
  secrets: VaultSharedPathArgs["secrets"],
): Record<string, pulumi.Output<string> | undefined> {
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([key, generations]) => [
      [key, activeOf(generations).value],
      ...(generations.length === 1 ? [] : generations)
        .filter((live) => live.value !== undefined)
        .map((live) => [acceptedName(key, live.slot), live.value]),
    ]),
  ) as Record<string, pulumi.Output<string> | undefined>;
}
