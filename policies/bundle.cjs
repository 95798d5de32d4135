// Makes one CommonJS module of a TypeScript module and all that it needs, packages included: a start that reads one file takes a third of
// one that reads two hundred. The result is kept in the user's cache folder and used as long as every file that it was made of is the same.
const { createHash } = require("node:crypto");
const { readFileSync, statSync } = require("node:fs");
const { dirname, resolve } = require("node:path");
const { keep, kept } = require("./kept.cjs");

/**
 * @param {string} entry the TypeScript module's path.
 * @returns {string} the text of the module made of it, in ASCII.
 */
exports.bundled = function bundled(entry) {
  const name = `bundled/${sha256(entry)}.js`;
  return current(kept(name)) ?? renewed(name, entry);
};

/** The same, made anew and not kept; and the paths of the files that it was made of. */
exports.bundle = function bundle(entry) {
  // Loaded only where something has to be bundled.
  const { metafile, outputFiles } = require("esbuild").buildSync({
    absWorkingDir: dirname(entry),
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    tsconfigRaw: "{}",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs).map((file) => resolve(dirname(entry), file));
  return { code: ascii(outputFiles[0].text), inputs };
};

function renewed(name, entry) {
  const started = Date.now();
  const { code, inputs } = exports.bundle(entry);
  // Of a file that is being written nobody knows which text was bundled.
  if (inputs.every((file) => statSync(file).mtimeMs < started)) {
    const head = ascii(JSON.stringify({ inputs, hash: hashOf(inputs) }));
    const text = Buffer.from(`//${head}\n${code}`, "latin1");
    keep(name, Buffer.concat([Buffer.from(`//${sha256(text)}\n`), text]));
  }
  return code;
}

/** The code of a kept file that is whole and not out of date: its first line is a hash of the rest, its second one tells of what it was made. */
function current(file) {
  if (file === undefined) return undefined;
  const text = file.subarray(file.indexOf("\n") + 1);
  if (file.toString("latin1", 0, file.length - text.length) !== `//${sha256(text)}\n`)
    return undefined;
  const end = text.indexOf("\n");
  const { inputs, hash } = JSON.parse(text.toString("latin1", 2, end));
  return hashOf(inputs) === hash ? text.toString("latin1", end + 1) : undefined;
}

/** A hash of all files, of this one and of what bundles them; undefined where one is gone. */
function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of [__filename, require.resolve("esbuild/package.json"), ...files]) {
    const bytes = contentOf(file);
    if (bytes === undefined) return undefined;
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(error.code)) return undefined;
    throw error;
  }
}

/** Other characters stand in comments and texts, where they may be escaped. */
function ascii(text) {
  return text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}
