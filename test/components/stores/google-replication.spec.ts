import assert from "node:assert/strict";
import {
  GoogleReplicationArgs,
  replicationOf,
  replicationProblem,
} from "../../../components/stores/google-replication";
import { PROJECT, assertError, startFake } from "../../rehearsal/clouds/google/fixture";

const keyIn = (location: string) =>
  `projects/example-project/locations/${location}/keyRings/r/cryptoKeys/k`;
const regions = ["europe-west1", "europe-west4"];
const kmsKeys = Object.fromEntries(regions.map((region) => [region, keyIn(region)]));

describe("components/stores/google-replication", () => {
  const wrong: Record<string, [args: GoogleReplicationArgs, path: string, allowed: RegExp]> = {
    "one key for several regions": [
      { regions, kmsKey: keyIn("europe-west1") },
      "kmsKey",
      /kmsKeys.*europe-west1, europe-west4/,
    ],
    "a key of another region": [
      { regions: ["europe-west1"], kmsKey: keyIn("europe-west4") },
      "kmsKey",
      /locations\/europe-west1\//,
    ],
    "a regional key where the service chooses": [
      { kmsKey: keyIn("europe-west1") },
      "kmsKey",
      /locations\/global\//,
    ],
    "a text that names no key": [{ kmsKey: "my-key" }, "kmsKey", /keyRings/],
    "keys without regions": [{ kmsKeys }, "kmsKeys", /take kmsKey/],
    "a region without a key": [
      { regions: [...regions, "us-east1"], kmsKeys },
      "kmsKeys",
      /us-east1/,
    ],
    "a key of another region in the map": [
      { regions, kmsKeys: { ...kmsKeys, "europe-west4": keyIn("europe-west1") } },
      "kmsKeys.europe-west4",
      /locations\/europe-west4\//,
    ],
    "both settings": [
      { regions, kmsKeys, kmsKey: keyIn("europe-west1") },
      "kmsKey",
      /one of the two/,
    ],
  };
  for (const [what, [args, path, allowed]] of Object.entries(wrong))
    it(`refuses ${what}, and says what is allowed`, () => {
      const problem = replicationProblem(args);
      assert.equal(problem?.path, path);
      assert.match(problem?.allowed ?? "", allowed);
      assert.throws(() => replicationOf(args), /ConfigurationError/);
    });

  it("is what Google takes of several regions under keys of one's own; one key for all it refuses", async () => {
    const google = await startFake();
    const create = (id: string, replicas: readonly object[]) =>
      google.call("POST", `/v1/projects/${PROJECT}/secrets?secretId=${id}`, {
        replication: { userManaged: { replicas } },
      });
    try {
      const { userManaged } = replicationOf({ regions, kmsKeys }) as {
        userManaged: { replicas: object[] };
      };
      assert.equal((await create("each-its-own", userManaged.replicas)).status, 200);
      const customerManagedEncryption = { kmsKeyName: keyIn("europe-west1") };
      const one = regions.map((location) => ({ location, customerManagedEncryption }));
      assertError(await create("one-for-all", one), 400, "INVALID_ARGUMENT", /europe-west4/);
    } finally {
      await google.stop();
    }
  });
});
