// The least that a pack can be: what it costs is the engine's and the SDK's, whatever the rules.
module.exports = () => {
  const { PolicyPack } = require("@pulumi/policy");
  new PolicyPack("empty", {
    policies: [
      {
        name: "looks-at-nothing",
        description: "Finds nothing, since it looks at nothing.",
        enforcementLevel: "mandatory",
        validateResource: () => {},
      },
    ],
  });
};
