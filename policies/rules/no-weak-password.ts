import * as z from "zod";
import { isPasswordName } from "../credential-names";
import { credentialText, holdsKnownPassword } from "../judging";
import { at, textOf } from "../leaves";
import { isKnownPassword, weaknessOf } from "../passwords";
import { isPlace, isPlaceholder } from "../randomness";
import { Finding, InspectedResource, rule } from "../rule";
import { Place, Spot } from "../spots";

const settings = z.object({
  minLength: z.number().int().min(8).default(12).describe("The fewest characters of a password."),
  minGeneratedLength: z
    .number()
    .int()
    .min(12)
    .default(16)
    .describe("The fewest characters of a password that a random resource makes."),
});
type Configured = z.infer<typeof settings>;

const DEFAULT = "is a default or one of those that everyone tries first";
const GENERATED = "random:index/randomPassword:RandomPassword";
const USER_NAMES = ["name", "user", "username", "masterUsername", "adminUsername", "login"];

/** No password is a default, short or guessed at once, wherever it comes from. */
export const noWeakPassword = rule({
  id: "no-weak-password",
  title: "No default or weak password",
  severity: "high",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["IA-5(1)"],
    soc2: ["CC6.1"],
    pciDss: ["2.2.2", "8.3.6"],
  },
  description:
    "Default and short passwords are tried first, by machines that try everything that answers.",
  remediation:
    "generate the password, with 16 characters or more; pulumi.secret and encrypted settings do not make a weak one strong.",
  settings,

  *check(resource, configured) {
    if (resource.type === GENERATED) yield* generator(resource, configured);
    for (const spot of passwords(resource)) {
      const detail = weakness(spot, resource, configured);
      if (detail) yield { path: spot.leaf.path, detail: `the password ${detail}` };
    }
  },
});

function* generator(
  { properties }: InspectedResource,
  { minGeneratedLength }: Configured,
): Generator<Finding> {
  const length = at(properties, "length");
  if (length?.kind === "scalar" && Number(length.value) < minGeneratedLength)
    yield {
      path: ["length"],
      detail: `the password is generated with fewer than ${minGeneratedLength} characters`,
    };
}

/** Texts of any name may give a password to something in them. */
const TEXTS: readonly Place[] = ["environment", "config-map", "user-data"];

function passwords({ spots }: InspectedResource): Spot[] {
  return spots.filter(
    ({ place, name = "" }) =>
      place === "credential" ||
      TEXTS.includes(place) ||
      ((place === "consumer" || place === "store") && isPasswordName(name)),
  );
}

/** Only what people type has a least length; tokens and keys have their issuers' forms. */
function weakness(
  { leaf, place, name = "", byName }: Spot,
  { properties }: InspectedResource,
  { minLength }: Configured,
): string | undefined {
  const text = credentialText(leaf);
  if (text === undefined || isPlace(text)) return undefined;
  if (TEXTS.includes(place) && !isPasswordName(name))
    return holdsKnownPassword(text) ? DEFAULT : undefined;
  if (isPasswordName(name) && place === "credential" && byName !== true)
    return weaknessOf(text, { minLength, names: namesIn(properties) });
  if (isPlaceholder(text) && byName === true) return undefined;
  return isKnownPassword(text) ? DEFAULT : undefined;
}

function namesIn(properties: InspectedResource["properties"]): string[] {
  return USER_NAMES.flatMap((key) => textOf(at(properties, key)) ?? []);
}
