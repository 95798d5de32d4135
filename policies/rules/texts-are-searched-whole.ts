import * as z from "zod";
import { textOf } from "../leaves";
import { Finding, rule } from "../rule";
import { isSearchedWhole } from "../views";

/** Tells which texts were too large to be searched for credentials. */
export const textsAreSearchedWhole = rule({
  id: "texts-are-searched-whole",
  title: "Texts are searched as a whole",
  severity: "low",
  enforcementLevel: "advisory",
  frameworks: {
    nist80053: ["CA-7", "SC-28"],
    soc2: ["CC4.1"],
    pciDss: ["6.5.1"],
  },
  description:
    "A text of more than 1 MiB, or one that unfolds to more than 4 MiB, is not searched to its end: what stands in it is not known to be harmless.",
  remediation:
    "keep the file in a bucket or an image and refer to it; where it must stay, search it with a scanner for files.",
  settings: z.object({}),

  *check({ spots }): Generator<Finding> {
    for (const { leaf } of spots) {
      const text = textOf(leaf);
      if (text !== undefined && !isSearchedWhole(text))
        yield { path: leaf.path, detail: "the text is too large to check" };
    }
  },
});
