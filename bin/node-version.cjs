// Written for any Node that is still about, since it runs before anything else: no syntax and no module of newer ones.
var OLDEST = [20, 19];

/** Whether a version of Node, such as 20.19.0, runs rekey; package.json says the same under "engines". */
function isSupported(version) {
  var parts = version.split(".").map(Number);
  return parts[0] > OLDEST[0] || (parts[0] === OLDEST[0] && parts[1] >= OLDEST[1]);
}

/** Ends the process with exit code 2 and a message where Node is older than rekey needs. */
function requireNode(version) {
  if (isSupported(version)) return;
  var oldest = OLDEST.join(".");
  process.stderr.write(
    "error: this is Node " +
      version +
      ", and rekey needs " +
      oldest +
      " or later\n" +
      "  allowed  Node " +
      oldest +
      " or later\n" +
      "  fix      install a newer Node, for example `nvm install 22`, then repeat the command\n",
  );
  process.exit(2);
}

module.exports = { isSupported: isSupported, requireNode: requireNode };
