// Puts off what the SDK loads at its start and seldom uses: the TypeScript compiler and npm's dependency tree, which it needs for
// programs whose functions it serializes, and what its Automation API needs to run the engine. They take half of its start, and are
// there the moment something in them is read.
const Module = require("node:module");

const SELDOM_USED = [
  "typescript",
  "@npmcli/arborist",
  "normalize-package-data",
  "execa",
  "js-yaml",
];
const SDK = /[\\/]@pulumi[\\/]pulumi[\\/]/;

/** Has the SDK get them late from now on; others that load them get them at once. */
module.exports = function loadLate() {
  const load = Module._load;
  Module._load = function (request, parent, ...rest) {
    const real = () => load.call(this, request, parent, ...rest);
    const seldom = SELDOM_USED.includes(request) && SDK.test(parent?.filename ?? "");
    return seldom ? late(real) : real();
  };
};

/** Stands for a module until something in it is read. Whether it is an ES module is asked before that. */
function late(real) {
  let loaded;
  const get = (_target, key) => {
    if (key === "__esModule") return true;
    loaded ??= real();
    return key === "default" ? (loaded.default ?? loaded) : loaded[key];
  };
  return new Proxy({}, { get });
}
