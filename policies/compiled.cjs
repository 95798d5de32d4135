// Runs a module with what V8 made of it in an earlier process, so that nothing is parsed or compiled once more: not at the start, and not
// when a function is called for the first time, while the engine waits.
const { createHash } = require("node:crypto");
const { createRequire } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");
const { keep, kept } = require("./kept.cjs");

/**
 * @param {string} code the text of a CommonJS module, in ASCII.
 * @param {string} filename where it stands for what it requires.
 * @param {string} kind one of these is kept for each; the last one that was run.
 * @returns its exports, and a function that keeps what V8 has made of it by then, unless that is there already. That takes some
 * milliseconds: call it when nobody waits.
 */
module.exports = function runCompiled(code, filename, kind) {
  const name = `compiled/${sha256(kind).toString("hex")}-${process.version}-${process.arch}`;
  const cachedData = openedOf(kept(name), code);
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
  const script = new Script(wrapped, { filename, cachedData });
  const module = { exports: {} };
  const run = script.runInThisContext();
  run(module.exports, createRequire(filename), module, filename, dirname(filename));
  // V8 refuses what another version of it made, or other settings.
  const known = cachedData !== undefined && script.cachedDataRejected !== true;
  return {
    exports: module.exports,
    keepCompiled: () => known || keep(name, sealed(script.createCachedData(), code)),
  };
};

/** V8 takes its own data on trust: what was made of other code, or is not whole, must not reach it. */
function sealed(data, code) {
  return Buffer.concat([sealOf(data, code), data]);
}

function openedOf(file, code) {
  const data = file?.subarray(SEAL_BYTES);
  return data && sealOf(data, code).equals(file.subarray(0, SEAL_BYTES)) ? data : undefined;
}

const SEAL_BYTES = 32;

function sealOf(data, code) {
  return createHash("sha256").update(code, "latin1").update("\0").update(data).digest();
}

function sha256(text) {
  return createHash("sha256").update(text).digest();
}
