import * as z from "zod";
import { at, isAbsent, textOf } from "../leaves";
import { Finding, InspectedResource, rule } from "../rule";

const ROTATION = "aws:secretsmanager/secretRotation:SecretRotation";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const DATABASES: readonly string[] = ["aws:rds/instance:Instance", "aws:rds/cluster:Cluster"];

/** A secret is rotated by the stack's record or by a function, never by both. */
export const noRotationByRecordAndFunction = rule({
  id: "no-rotation-by-record-and-function",
  title: "No rotation by record and by function at once",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["SC-12", "CM-3"],
    soc2: ["CC6.1", "CC8.1"],
    pciDss: ["8.3.9", "3.7.4"],
  },
  description:
    "The function writes a value that the stack does not know, and the next update brings the old one back: consumers and target disagree.",
  remediation:
    'decide for one: remove the SecretRotation, or declare the version as a first value only, with ignoreChanges: ["secretString"] (or secretBinary), and no generations for it.',
  settings: z.object({}),
  types: [ROTATION, ...DATABASES],

  *check({ type, properties }): Generator<Finding> {
    if (type === ROTATION) return;
    const managed = at(properties, "manageMasterUserPassword");
    if (managed?.kind !== "scalar" || managed.value !== true) return;
    for (const name of ["password", "passwordWo", "masterPassword", "masterPasswordWo"])
      if (!isAbsent(at(properties, name)))
        yield {
          path: [name],
          detail: "the service manages the password, and the stack sets one too",
        };
  },

  *checkInStack(resource): Generator<Finding> {
    if (resource.type !== ROTATION) return;
    for (const version of resource.stack ?? [])
      if (version.type === VERSION && isKept(version) && isSameSecret(resource, version))
        yield {
          path: ["secretId"],
          detail: "a function rotates a secret whose versions the stack declares",
        };
  },
});

/** A version whose value the stack goes on to write. */
function isKept({ options }: InspectedResource): boolean {
  return !["secretString", "secretBinary"].some((name) => options.ignoreChanges?.includes(name));
}

/** By the secret's id where both know it, otherwise by the resource that both take it from. */
function isSameSecret(one: InspectedResource, other: InspectedResource): boolean {
  const [first, second] = [one, other].map(({ properties }) => textOf(at(properties, "secretId")));
  if (first !== undefined && second !== undefined) return first === second;
  const [from, to] = [one, other].map(
    ({ surroundings }) => surroundings.sources?.["secretId"] ?? [],
  );
  return (from ?? []).some(({ type, name }) =>
    (to ?? []).some((source) => source.type === type && source.name === name),
  );
}
