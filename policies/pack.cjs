// Where the engine enters the pack. The function is run and awaited by the SDK's start script, so a pack that cannot do its work
// stops the preview instead of letting everything pass.
module.exports = () => require("./start.cjs")();
