// `@rekey/policies/run`: where the pack is, for the Automation API.
module.exports = require("./load.cjs")("run");
