import * as z from "zod";
import { dayOf } from "../days";
import { at, isAbsent, textOf } from "../leaves";
import { Finding, InspectedResource, rule } from "../rule";

const DAY = 24 * 60 * 60 * 1000;
const SHORTEST_REASON = 10;

const exception = z.object({ reason: z.string(), expires: z.string() });
const settings = z.object({
  maxDays: z
    .number()
    .int()
    .min(1)
    .default(90)
    .describe("How many days a key may live: from its keeper `created`, or from `at`."),
  at: z
    .string()
    .optional()
    .describe(
      "The day of the check, RFC 3339, as CI gives it; without it no key is called expired.",
    ),
  declared: z
    .record(z.string(), exception)
    .default({})
    .describe(
      "Reason and expiry by resource name, for types that take no keepers (AWS access keys).",
    ),
});
type Configured = z.infer<typeof settings>;

const GOOGLE_KEY = "gcp:serviceaccount/key:Key";
/** These types take no keepers, so their reason and expiry stand in the policy's configuration. */
const WITHOUT_KEEPERS: readonly string[] = [
  "aws:iam/accessKey:AccessKey",
  "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
  "aws:lightsail/bucketAccessKey:BucketAccessKey",
  "gcp:storage/hmacKey:HmacKey",
];

/** A long-lived key exists only with a stated reason and a day on which it must be gone. */
export const noServiceAccountKeyWithoutReasonAndExpiry = rule({
  id: "no-service-account-key-without-reason-and-expiry",
  title: "No service account key without reason and expiry",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    cis: ["1.4", "1.7"],
    cisAws: ["1.14"],
    nist80053: ["IA-5", "AC-2"],
    soc2: ["CC6.1"],
    pciDss: ["8.6.1", "8.6.3"],
  },
  description:
    "A key of a machine's identity works from anywhere until somebody deletes it, and nobody knows whether it may be deleted.",
  remediation:
    "use the keyless identity of the platform; where none serves, set keepers { reason, expires } on the key (for AWS access keys: declared.<resource name> in this policy's configuration), reason in at least 10 characters, expires as 'YYYY-MM-DD', within maxDays.",
  settings,
  types: [GOOGLE_KEY, ...WITHOUT_KEEPERS],

  *check(resource, configured) {
    if (resource.type === GOOGLE_KEY) yield* keyWithKeepers(resource, configured);
    else yield* keyWithout(resource, configured);
  },
});

function* keyWithKeepers(resource: InspectedResource, configured: Configured): Generator<Finding> {
  const declared = configured.declared[resource.name];
  const keeper = (name: string) => textOf(at(resource.properties, "keepers", name));
  const missing = (name: string) => isAbsent(at(resource.properties, "keepers", name));
  const path = ["keepers"];
  yield* judged(
    {
      reason: keeper("reason") ?? declared?.reason,
      expires: keeper("expires") ?? declared?.expires,
      created: keeper("created"),
    },
    (name) => ({
      path: [...path, name],
      absence: missing(name) ? "is missing" : "is not known in a preview",
    }),
    configured,
  );
}

function* keyWithout(resource: InspectedResource, configured: Configured): Generator<Finding> {
  const { reason, expires } = configured.declared[resource.name] ?? {};
  yield* judged(
    { reason, expires, created: undefined },
    () => ({ path: [], absence: "is not declared in the policy's configuration" }),
    configured,
  );
}

interface Declaration {
  readonly reason: string | undefined;
  readonly expires: string | undefined;
  readonly created: string | undefined;
}
type Place = (name: keyof Declaration) => { path: string[]; absence: string };

function* judged(declared: Declaration, place: Place, configured: Configured): Generator<Finding> {
  const reason = place("reason");
  if (declared.reason === undefined)
    yield { path: reason.path, detail: `the key's reason ${reason.absence}` };
  else if (declared.reason.trim().length < SHORTEST_REASON)
    yield { path: reason.path, detail: "the key's reason says too little" };
  const expires = place("expires");
  if (declared.expires === undefined)
    yield { path: expires.path, detail: `the key's expiry ${expires.absence}` };
  else
    for (const detail of expiryProblems(declared.expires, declared.created, configured))
      yield { path: expires.path, detail };
}

/** No clock is read: a check must say the same today and tomorrow about the same program and configuration. */
function* expiryProblems(
  expires: string,
  created: string | undefined,
  { maxDays, at: today }: Configured,
): Generator<string> {
  const end = dayOf(expires);
  if (end === undefined) {
    yield "the key's expiry is no RFC 3339 date";
    return;
  }
  const now = today === undefined ? undefined : dayOf(today);
  if (today !== undefined && now === undefined)
    yield "`at` in this policy's configuration is no RFC 3339 date";
  if (now !== undefined && end < now) yield "the key's expiry is past";
  const start = created === undefined ? now : dayOf(created);
  if (created !== undefined && start === undefined)
    yield "the key's keeper `created` is no RFC 3339 date";
  if (start !== undefined && end > start + maxDays * DAY)
    yield `the key's expiry is more than ${maxDays} days away`;
}
