import { isCredentialProperty } from "./credential-names";
import { Detection, detect } from "./detectors";
import { Dictionary, Leaf, Path, Property, at, propertiesOf, textOf } from "./leaves";
import { Kind, kindOf } from "./kinds";
import { Sensitivity, isMarkedBySdk } from "./sensitive";
import {
  COMMAND_LINE,
  HEADERS,
  KEY_OF_ENTRY,
  LABELS,
  NAMES,
  NESTED_DOCUMENT,
  REFERENCE_KINDS,
  STACK,
  STACK_REFERENCE,
  USER_DATA,
  VARIABLE_LIST,
  VARIABLE_MAP,
} from "./place-names";
import { LONGEST, parseJson } from "./views";

/**
 * What a place in a resource is for:
 * `store` kept for others to read; `credential` accepted by a target; `material` handed out by an issuer;
 * `consumer` given to a program that may have secrets (standard input of a command, a dynamic resource);
 * `environment` a variable of a workload; `config-map` an entry of a ConfigMap; `user-data` what a machine starts with;
 * `label` a name, tag, label, annotation or description; `output` an output of the stack; `elsewhere` all the rest.
 */
export type Place =
  | "store"
  | "credential"
  | "material"
  | "consumer"
  | "environment"
  | "config-map"
  | "user-data"
  | "label"
  | "output"
  | "elsewhere";

/** A leaf and what the place where it stands is for. */
export interface Spot {
  readonly leaf: Leaf;
  readonly place: Place;
  /** The name of the variable, entry, label or output; for a credential, of its property. Not known: undefined. */
  readonly name: string | undefined;
  /** A `credential` only by the name of its property; a known one is in the providers' schemas or the reviewed list. */
  readonly byName?: boolean;
  /** The SDK marks the property secret whatever stands there, so the mark tells nothing. */
  readonly bySdk?: boolean;
}

/** A spot at a place that is for nothing in particular, and what its text gives itself away as. */
export interface Embedded {
  readonly spot: Spot;
  readonly detection: Detection;
}

const PLACES: Readonly<Record<Sensitivity, Place>> = {
  "stored-value": "store",
  credential: "credential",
  "key-material": "material",
};

/** Keys beside `name` and `value` make a list's entry something else than a variable, for example a condition. */
const IS_VARIABLE = (entry: Dictionary) =>
  entry.entries.has("value") || entry.entries.get("name")?.kind === "unknown";

/** Every leaf of a resource with its place, in the order in which they stand. */
export function spotsOf(type: string, properties: Dictionary): Spot[] {
  const spots: Spot[] = [];
  new Survey(type, spots).map(properties);
  return spots;
}

/** Where credentials with a form of their own stand that no other place has rules for. */
export function embeddedIn(spots: readonly Spot[]): Embedded[] {
  return spots.flatMap((spot) => {
    const detection = spot.place === "elsewhere" ? detect(textOf(spot.leaf) ?? "") : undefined;
    return detection === undefined ? [] : [{ spot, detection }];
  });
}

/** Goes through one resource. */
class Survey {
  readonly #kind: Kind;

  constructor(
    private readonly type: string,
    private readonly spots: Spot[],
  ) {
    this.#kind = kindOf(type);
  }

  map(from: Dictionary): void {
    if (this.type === "aws:ssm/parameter:Parameter") return this.#parameter(from);
    for (const [key, value] of from.entries)
      // What another stack hands on is not this program's.
      if (this.type !== STACK_REFERENCE || key === "name") this.#entry(key, value);
  }

  #entry(key: string, value: Property): void {
    if (this.type === STACK) return this.#all(value, "output", key);
    const sensitive = this.#placeOf(value.path);
    if (sensitive) return this.#all(value, sensitive, key);
    if (this.#kind.dynamic) return this.#all(value, "consumer", key);
    if (this.#kind.command && value.path.length === 1) {
      if (key === "stdin" || key === "triggers") return this.#all(value, "consumer", undefined);
      if (key === "environment") return this.#all(value, "consumer", undefined, true);
      if (/^(?:create|update|delete)$/.test(key)) return this.#all(value, "user-data", undefined);
    }
    if (this.#kind.configMap && value.path.length === 1 && /^(?:data|binaryData)$/.test(key))
      return this.#all(value, "config-map", undefined, true);
    if (LABELS.test(key)) return this.#labels(value);
    if (USER_DATA.test(key)) return this.#all(value, "user-data", undefined);
    if (COMMAND_LINE.test(key) && !isMap(value)) return this.#commandLine(key, value);
    if (this.#kind.provider && /^kube_?config$/i.test(key))
      return this.#all(value, "consumer", undefined);
    if (!this.#kind.provider && NAMES.test(key) && isTop(value.path))
      return this.#all(value, "label", undefined);
    this.#visit(key, value);
  }

  #visit(key: string, value: Property): void {
    if (value.kind === "list") {
      for (const item of value.items)
        if (item.kind === "map" && this.#isVariableList(key) && IS_VARIABLE(item))
          this.#variable(item);
        else if (VARIABLE_LIST.test(key) && /^\w+=/.test(textOf(item) ?? "")) this.#line(item);
        else this.#visit(key, item);
    } else if (value.kind === "map") {
      const variables = VARIABLE_MAP.test(key);
      for (const [name, part] of value.entries)
        if (variables && isLeaf(part)) this.#add(part, "environment", name);
        else this.#entry(name, part);
    } else if (NESTED_DOCUMENT.test(key) && this.#document(value)) return;
    else if (this.#isSetting(value) && this.#document(value, key)) return;
    else if (VARIABLE_LIST.test(key) && value.kind === "unknown")
      this.#add(value, "environment", undefined);
    else if (value.kind === "unknown" && this.#isAbove(value.path))
      this.#add(value, "consumer", undefined);
    else if (this.#isCredential(key, value.path)) this.#add(value, "credential", key, true);
    else this.#add(value, "elsewhere", key);
  }

  /** Reads a text as a part of the resource, with the paths and the marks that it would have if it were one. */
  #document(leaf: Leaf, key = ""): boolean {
    const text = textOf(leaf);
    if (text === undefined) {
      this.#add(leaf, "environment", undefined);
      return true;
    }
    const parsed = text.length <= LONGEST ? parseJson(text) : undefined;
    if (typeof parsed !== "object" || parsed === null) return false;
    const inner = propertiesOf({ "": parsed }, leaf.path, leaf.secret).entries.get("");
    if (inner) this.#visit(key, inner);
    return true;
  }

  /** SDKs send a provider's settings that are no texts as JSON; a key file is one text although it is JSON. */
  #isSetting(leaf: Leaf): boolean {
    const text = textOf(leaf) ?? "";
    return this.#kind.provider && leaf.path.length === 1 && /^\s*[[{]/.test(text) && !detect(text);
  }

  #variable(item: Dictionary): void {
    const name = textOf(item.entries.get("name"));
    const refers = REFERENCE_KINDS.test(textOf(item.entries.get("type")) ?? "");
    for (const [key, part] of item.entries)
      if (key === "value" && refers) this.#visit(key, part);
      else if (key === "value") this.#all(part, "environment", name);
      else if (key !== "name") this.#entry(key, part);
  }

  /** A provider needs what it sends. */
  #isVariableList(key: string): boolean {
    return VARIABLE_LIST.test(key) || (HEADERS.test(key) && !this.#kind.provider);
  }

  /** A variable as one text, `NAME=value`. */
  #line(item: Property): void {
    const text = textOf(item)!;
    const end = text.indexOf("=");
    const { path, secret } = item;
    this.#add(
      { kind: "scalar", path, secret, value: text.slice(end + 1) },
      "environment",
      text.slice(0, end),
    );
  }

  /** The words of a command; one behind an option without a value is the option's. */
  #commandLine(key: string, value: Property): void {
    let option: string | undefined;
    for (const word of value.kind === "list" ? value.items : [value]) {
      if (!isLeaf(word)) this.#visit(key, word);
      else this.#add(word, "user-data", option ?? key);
      option = /^--?([A-Za-z][\w.-]*)$/.exec(textOf(word) ?? "")?.[1];
    }
  }

  /** Labels as a map, or as a list of keys and values. */
  #labels(value: Property): void {
    const items = value.kind === "list" ? value.items : [];
    if (items.length === 0) return this.#all(value, "label", undefined, true);
    for (const item of items) {
      const name = textOf(at(item, "key")) ?? textOf(at(item, "name"));
      this.#all(item, "label", name);
    }
  }

  /** A parameter is a store when it is sealed, and a variable for everyone when it is not. */
  #parameter(from: Dictionary): void {
    const kind = from.entries.get("type");
    const sealed = kind?.kind === "unknown" || textOf(kind) === "SecureString";
    const name = textOf(from.entries.get("name"))?.split("/").at(-1);
    for (const [key, value] of from.entries)
      if (!/^(?:value|valueWo|insecureValue)$/.test(key)) this.#entry(key, value);
      else if (sealed && key !== "insecureValue") this.#all(value, "store", name);
      else this.#all(value, "environment", name);
  }

  /** By its name. At the top of a type whose schema is known the schema knows better, but for what is called a password. */
  #isCredential(key: string, path: Path): boolean {
    if (!isCredentialProperty(key)) return false;
    if (this.#kind.namesEntries && KEY_OF_ENTRY.test(key)) return false;
    return path.length > 1 || !this.#kind.schemaKnown || /pass(?:word|wd|phrase)$/i.test(key);
  }

  #placeOf(path: Path): Place | undefined {
    for (const [index, steps] of this.#kind.nested.entries()) {
      const fits =
        steps.length === path.length &&
        steps.every((step, at) => step === "*" || step === String(path[at]));
      if (fits) return PLACES[this.#kind.sensitive[index]!.holds];
    }
    return undefined;
  }

  /** What is not known yet as a whole has a credential in one of its parts, for example as a provider's settings in JSON. */
  #isAbove(path: Path): boolean {
    return this.#kind.nested.some(
      (steps) => steps.length > path.length && path.every((step, at) => steps[at] === String(step)),
    );
  }

  /** Everything below has the same place; `named` takes the name from the innermost key. */
  #all(from: Property, place: Place, name: string | undefined, named = false): void {
    if (isLeaf(from)) return this.#add(from, place, name);
    if (from.kind === "list") for (const item of from.items) this.#all(item, place, name, named);
    if (from.kind === "map")
      for (const [key, part] of from.entries)
        this.#all(part, place, named || place === "store" ? key : name, named);
  }

  #add(leaf: Leaf, place: Place, name: string | undefined, byName = false): void {
    const bySdk = leaf.secret !== "none" && isMarkedBySdk(this.type, String(leaf.path[0]));
    this.spots.push({ leaf, place, name, ...(byName && { byName }), ...(bySdk && { bySdk }) });
  }
}

function isLeaf(property: Property): property is Leaf {
  return property.kind === "scalar" || property.kind === "unknown";
}

function isMap(property: Property): boolean {
  return property.kind === "map";
}

/** Names stand at the top of a resource or in the metadata of a Kubernetes object; further down they name parts. */
function isTop(path: Path): boolean {
  return path.length === 1 || (path.length === 2 && path[0] === "metadata");
}
