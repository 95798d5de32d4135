import { remember } from "./remember";
import { NOT_CREDENTIALS, REVIEWED } from "./sensitive-reviewed";
import schema from "./schema-secrets.json";

/**
 * What a sensitive property is: `stored-value` is what a store keeps for others to read, `credential` is what a target accepts from
 * then on, `key-material` is what an issuer hands out.
 */
export type Sensitivity = "stored-value" | "credential" | "key-material";

/** A property that holds a secret. */
export interface SensitiveProperty {
  /** Its path with dots; `*` stands for any key or index. */
  readonly property: string;
  readonly holds: Sensitivity;
}

type Schema = Readonly<Record<string, { inputs?: readonly string[]; outputs?: readonly string[] }>>;

/**
 * The inputs and outputs that hold a secret, by resource type: what the providers' schemas mark (schema-secrets.json), less what a
 * review found to be none, and the reviewed list, which has the last word. Write-only inputs (`…Wo`) belong here too: their value still
 * reaches the state's inputs.
 */
const SENSITIVE: ReadonlyMap<string, readonly SensitiveProperty[]> = merged(schema.types);

function merged(types: Schema): Map<string, readonly SensitiveProperty[]> {
  const all = new Map<string, readonly SensitiveProperty[]>();
  for (const type of new Set([...Object.keys(types), ...Object.keys(REVIEWED)])) {
    const reviewed = REVIEWED[type] ?? [];
    const open = (property: string) =>
      !NOT_CREDENTIALS.has(property) &&
      !NOT_CREDENTIALS.has(`${type}#${property}`) &&
      !reviewed.some((one) => one.property === property);
    const { inputs = [], outputs = [] } = types[type] ?? {};
    const found: SensitiveProperty[] = [
      ...reviewed,
      ...inputs.filter(open).map((property) => ({ property, holds: "credential" as const })),
      ...outputs.filter(open).map((property) => ({ property, holds: "key-material" as const })),
    ];
    if (found.length > 0) all.set(type, found);
  }
  return all;
}

/** What is known of a type. */
export function sensitiveOf(type: string): readonly SensitiveProperty[] {
  return SENSITIVE.get(type) ?? [];
}

/** The sensitive properties of a type, of one kind or of all. Empty for a type of which nothing is known. */
export function sensitiveProperties(type: string, kind?: Sensitivity): readonly string[] {
  return NAMES[kind ?? "any"](type);
}

const NAMES = {
  any: remember((type) => namesOf(sensitiveOf(type))),
  "stored-value": remember((type) => namesOf(sensitiveOf(type), "stored-value")),
  credential: remember((type) => namesOf(sensitiveOf(type), "credential")),
  "key-material": remember((type) => namesOf(sensitiveOf(type), "key-material")),
};

function namesOf(known: readonly SensitiveProperty[], kind?: Sensitivity): string[] {
  return known
    .filter(({ holds }) => kind === undefined || holds === kind)
    .map(({ property }) => property);
}

/** The types that have a sensitive property of a kind. */
export function sensitiveTypes(kind: Sensitivity): string[] {
  return [...SENSITIVE.keys()].filter((type) => sensitiveProperties(type, kind).length > 0);
}

const PACKAGES: ReadonlySet<string> = new Set(Object.keys(schema.versions));

/** True for a type whose package's schema was read, so that a property at its top that is not marked holds no secret. */
export function isSchemaKnown(type: string): boolean {
  const [first = "", , name = ""] = type.split(":");
  return PACKAGES.has(type.startsWith("pulumi:providers:") ? name : first);
}

/** True for an input that the SDK marks secret whatever stands in it, so that the mark tells nothing. */
export function isMarkedBySdk(type: string, property: string): boolean {
  return (schema.types as Schema)[type]?.inputs?.includes(property) === true;
}
