const anything = { $ref: "pulumi.json#/Any" };

/** A resource of which a program may set and read these properties, of any type. */
const resource = (...names: readonly string[]) => {
  const properties = Object.fromEntries(names.map((name) => [name, anything]));
  return { properties, inputProperties: properties };
};

/** As much of two providers' schemas as the programs in YAML use; the language host looks up names in them. */
export const SCHEMAS = {
  gcp: {
    name: "gcp",
    version: "1.0.0",
    resources: {
      "gcp:cloudrunv2/service:Service": resource("location", "template"),
      "gcp:secretmanager/secret:Secret": resource("secretId", "replication"),
      "gcp:secretmanager/secretVersion:SecretVersion": resource(
        "secret",
        "secretData",
        "deletionPolicy",
      ),
    },
  },
  random: {
    name: "random",
    version: "1.0.0",
    resources: { "random:index/randomPassword:RandomPassword": resource("length", "result") },
  },
};
