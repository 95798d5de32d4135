import { join } from "node:path";

/** A provider server that the engine starts from a folder of this project. */
export interface LocalProvider {
  /** The package's name, as in `gcp:sql/user:User`. */
  name: string;
  /** The folder with the executable `pulumi-resource-<name>`, absolute. */
  path: string;
}

/**
 * The provider servers of the rehearsal, for `plugins.providers` of a project's settings. With these the
 * engine needs no downloaded plugin; without them the same programs run on the official ones.
 */
export function localProviders(): LocalProvider[] {
  return ["random", "gcp", "command", "tls", "postgresql", "vault", "kubernetes", "aws"].map(
    (name) => ({
      name,
      path: join(__dirname, "bin", name),
    }),
  );
}
