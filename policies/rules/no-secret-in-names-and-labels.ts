import * as z from "zod";
import { isCredentialProperty } from "../credential-names";
import { detect } from "../detectors";
import { isFilled } from "../judging";
import { textOf } from "../leaves";
import { secretIn } from "../message";
import { isSecretToBe, originOf } from "../provenance";
import { Finding, InspectedResource, rule } from "../rule";
import { Spot } from "../spots";

/** Below this length an encrypted setting may be a common word, and a name by chance. */
const TELLING = 8;

/** No secret stands in a name, tag, label, annotation or description: inventories, bills and logs are full of them. */
export const noSecretInNamesAndLabels = rule({
  id: "no-secret-in-names-and-labels",
  title: "No secret in names, tags and labels",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["SC-28", "AU-3(3)"],
    soc2: ["CC6.1", "CC6.7"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "Names, tags, labels and descriptions show in every inventory, bill, log and error message, to people without any right on the resource.",
  remediation:
    "name the resource by what it is, with the generation's number where versions must differ; to show that a value changed, use the number, not the value and not a hash of it.",
  settings: z.object({}),

  *check(resource) {
    yield* logicalName(resource);
    for (const spot of labels(resource)) {
      const detail = problem(spot, resource);
      if (detail) yield { path: spot.leaf.path, detail };
    }
  },

  *checkInStack(resource): Generator<Finding> {
    const { configuration } = resource.surroundings;
    if (secretIn(resource.name, { configuration }) === undefined) yield* logicalName(resource);
    for (const spot of labels(resource)) {
      const { leaf } = spot;
      const { generated, sources } = originOf(leaf, resource.surroundings);
      const secret = generated || (leaf.kind === "unknown" && isSecretToBe(sources));
      if (secret && !problem(spot, resource))
        yield { path: leaf.path, detail: "a generated secret stands in a name or label" };
    }
  },
});

function* logicalName({ name, surroundings }: InspectedResource): Generator<Finding> {
  const found = secretIn(name, surroundings);
  if (found) yield { path: [], detail: `${found} stands in the resource's logical name` };
}

/** Google's SDK marks all labels of every resource as it computes them, secret or not. */
const COMPUTED = /^(?:effectiveLabels|pulumiLabels)$/;

function labels({ spots }: InspectedResource): Spot[] {
  return spots.filter(
    ({ place, leaf }) => place === "label" && !COMPUTED.test(String(leaf.path[0])),
  );
}

function problem({ leaf, name }: Spot, { surroundings }: InspectedResource): string | undefined {
  if (leaf.secret === "self") return "a secret stands in a name or label";
  const text = textOf(leaf);
  if (text === undefined || text === "") return undefined;
  const configured = surroundings.configuration.find(text);
  if (configured?.secret === true && text.length >= TELLING)
    return "an encrypted setting stands in a name or label";
  const found = detect(text);
  if (found) return `${found} stands in a name or label`;
  const named = name !== undefined && isCredentialProperty(name);
  return named && isFilled(text, name) ? "a label holds a credential" : undefined;
}
