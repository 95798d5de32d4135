import * as z from "zod";
import { textOf } from "../leaves";
import { originOf } from "../provenance";
import { Finding, rule } from "../rule";

/** Below this length an encrypted setting may be a common word, and stand elsewhere by chance. */
const TELLING = 8;

/** No secret goes on without its mark: unmarked it stands readable in the state, in previews and in logs. */
export const noUnwrappedSecret = rule({
  id: "no-unwrapped-secret",
  title: "No secret without its mark",
  severity: "critical",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["SC-28", "SC-28(1)"],
    soc2: ["CC6.1", "CC6.7"],
    pciDss: ["8.3.2", "3.5.1"],
  },
  description:
    "pulumi.unsecret, or a detour through a file, an environment variable or a string of another library, takes the mark off; the value then stands in the state and in previews in plain text.",
  remediation:
    "pass the Output on as it is, derive from it with apply or pulumi.interpolate, and remove unsecret; a value that must come by another way goes through pulumi.secret.",
  settings: z.object({}),
  aspects: ["elsewhere", "credential", "consumer"],

  *check({ spots, surroundings }) {
    for (const { leaf, place } of spots) {
      const text = textOf(leaf);
      if (leaf.secret !== "none" || text === undefined) continue;
      if (place !== "elsewhere" && place !== "credential" && place !== "consumer") continue;
      if (place !== "credential" && text.length < TELLING) continue;
      if (surroundings.configuration.find(text)?.secret === true)
        yield {
          path: leaf.path,
          detail: "an encrypted setting stands here without its secret mark",
        };
    }
  },

  *checkInStack({ spots, surroundings }): Generator<Finding> {
    for (const { leaf, place } of spots) {
      if (leaf.secret !== "none" || (place !== "elsewhere" && place !== "consumer")) continue;
      const { generated, secretConfiguration } = originOf(leaf, surroundings);
      if (generated && !secretConfiguration)
        yield { path: leaf.path, detail: "a generated secret stands here without its mark" };
    }
  },
});
