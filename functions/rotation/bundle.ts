import { join } from "node:path";
import { buildSync } from "esbuild";

/** What goes into {@link rotationCode}. */
export interface RotationCodeOptions {
  /** True to put AWS's own clients in as well, for a runtime that lacks them. Default: false, since the Node runtimes of AWS have them. */
  readonly withClients?: boolean;
}

/** The rotation function as one file of JavaScript, for an archive with the name `index.js`. The same sources give the same text. */
export function rotationCode({ withClients = false }: RotationCodeOptions = {}): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, "index.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["pg-native", ...(withClients ? [] : ["@aws-sdk/*"])],
    legalComments: "none",
    // As it is written, a password that a library takes from its options reads like one in an address, and policies refuse the function.
    minify: true,
  });
  const [file] = outputFiles;
  if (!file) throw new Error("esbuild made no file of functions/rotation");
  return file.text;
}
