import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** The folders that the measured program is made of. */
const ROOMS = [
  "bench",
  "components",
  "engine",
  "operator",
  "policies",
  "stacks",
  "test/policies",
  "test/support",
];

/**
 * Compiles what the measured program is made of to plain JavaScript in `target`, file by file and without checking types: what a build
 * step would leave. Other files are copied, packages are not: run it with `NODE_PATH` on the project's node_modules.
 *
 * @returns the folder of the compiled programs, `declare.js` and `preview.js` among them.
 */
export function precompile(root: string, target: string): string {
  for (const room of ROOMS)
    for (const entry of readdirSync(join(root, room), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const out = join(target, path.slice(root.length));
      mkdirSync(dirname(out), { recursive: true });
      if (!path.endsWith(".ts")) copyFileSync(path, out);
      else writeFileSync(out.replace(/\.ts$/, ".js"), javascript(readFileSync(path, "utf8"), path));
    }
  return join(target, "bench");
}

function javascript(source: string, fileName: string): string {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    esModuleInterop: true,
  };
  return ts.transpileModule(source, { fileName, compilerOptions }).outputText;
}
