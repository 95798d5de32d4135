import { z } from "zod";
import { nameKind } from "../credential-names";
import { at, textOf } from "../leaves";
import { isKnownPassword, weaknessOf } from "../passwords";
import { isPlaceholder } from "../randomness";
import { Finding, InspectedResource, rule } from "../rule";
import { Spot } from "../spots";

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

function passwords({ spots }: InspectedResource): Spot[] {
  return spots.filter(
    ({ place, name }) =>
      place === "credential" ||
      ((place === "environment" || place === "consumer" || place === "store") &&
        isPasswordName(name)),
  );
}

/** Only what people type has a least length; tokens and keys have their issuers' forms. */
function weakness(
  { leaf, place, name, byName }: Spot,
  { properties }: InspectedResource,
  { minLength }: Configured,
): string | undefined {
  const text = textOf(leaf);
  if (text === undefined || text === "" || /^(?:\$|<|\{\{)/.test(text)) return undefined;
  if (isPasswordName(name) && place === "credential" && byName !== true)
    return weaknessOf(text, { minLength, names: namesIn(properties) });
  if (isPlaceholder(text) && byName === true) return undefined;
  return isKnownPassword(text)
    ? "is a default or one of those that everyone tries first"
    : undefined;
}

function isPasswordName(name: string | undefined): boolean {
  return name !== undefined && /pass|pwd/i.test(name) && nameKind(name) === "credential";
}

function namesIn(properties: InspectedResource["properties"]): string[] {
  return USER_NAMES.flatMap((key) => textOf(at(properties, key)) ?? []);
}
