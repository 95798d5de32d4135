// `@rekey/policies/rules`: the rules and the policies made of them, for a pack of one's own. Call prepare() before it is served.
module.exports = require("./load.cjs")("index");
