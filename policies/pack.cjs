// Where the engine enters the pack. TypeScript is transpiled on the fly; checking types is a step of its own. The function is run
// and awaited by the SDK's start script, so a pack that cannot do its work stops the preview instead of letting everything pass.
require("../bin/transpile.cjs");
module.exports = () => require("./index.ts").startPack();
