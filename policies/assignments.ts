import { nameKind } from "./credential-names";
import { LONGEST, parseJson, viewsOf } from "./views";

/** A name and the value that a text gives it. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  /**
   * What the value may be besides itself: in a `document` (parsed JSON) and between `single` quotes nothing, in the `open` and between
   * `double` quotes a shell or a template may put something in.
   */
  readonly quotes: "document" | "single" | "double" | "open";
}

/** Where a name may begin: at the beginning of a line or a word, or behind a bracket or a quote. */
const BEFORE = /(?<=^|[\s;,{&|("'\\])(?:-{1,2}|export[ \t]+|set[ \t]+|-e[ \t]*)?/;
/** `NAME=`, `name: ` or `"name":`; the quotes of JSON within a text may be escaped. */
const NAME =
  /(?:\\?["']([A-Za-z][\w.-]{1,63})\\?["'][ \t]{0,4}(?:=(?!=)|:=?)|([A-Za-z][\w.-]{1,63})[ \t]{0,4}(?:=(?!=)|:(?=[ \t])|:=))/;
/** The value on the same line, or the first line of a YAML block. */
const VALUE =
  /[ \t]{0,4}(?:[|>][-+]?[ \t]{0,4}\r?\n[ \t]{1,64})?(?:\\?"((?:[^"\n\\]|\\[^"\n]){1,2000})\\?"|'([^'\n]{1,2000})'|((?:(?:Basic|Bearer|Token)[ \t]{1,4})?(?:[^\s"';,&|()\\]|\\[^\s"']){1,2000})([("'[,;)]?))/;
const ASSIGNMENT = new RegExp(BEFORE.source + NAME.source + VALUE.source, "g");

/**
 * What a script, an env file or a configuration file within a text assigns, in base64 and JSON too. For user data, ConfigMaps and
 * commands: places where a credential hides in a larger text.
 */
export function* assignmentsIn(text: string): Generator<Assignment> {
  if (text.length > LONGEST) return;
  for (const view of viewsOf(text)) {
    const document = parseJson(view);
    if (typeof document === "object" && document !== null) yield* entriesOf(document);
    else if (/[=:]/.test(view)) yield* linesOf(view);
  }
}

function* linesOf(text: string): Generator<Assignment> {
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [, quoted, plain, inDouble, inSingle, bare, next = ""] = match;
    const name = quoted ?? plain ?? "";
    if (inDouble !== undefined) yield { name, value: inDouble, quotes: "double" };
    else if (inSingle !== undefined) yield { name, value: inSingle, quotes: "single" };
    else if (bare !== undefined && !isExpression(bare, next))
      yield { name, value: bare, quotes: "open" };
  }
}

/** Code that takes the value from somewhere: a call, an element, an argument handed on, a property of an object. */
function isExpression(bare: string, next: string): boolean {
  if (/[[({]$/.test(bare) || next === "(") return true;
  if (/^[,;)]$/.test(next) && /^[A-Za-z_$]+$/.test(bare))
    return bare.length <= 2 || nameKind(bare) !== "other";
  if (!/^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$/.test(bare)) return false;
  const steps = bare.split(".");
  return OBJECTS.test(steps[0] ?? "") || nameKind(steps.at(-1) ?? "") !== "other";
}

const OBJECTS =
  /^(?:req|request|res|response|ctx|context|process|os|env|self|this|config|cfg|conf|settings|opts|options|args|params|props|values|vars?|locals?|data|module|secrets|event|session|user|client|app)\??$/i;

/** Every entry of a document, with its key; a pair of name and value, as lists of variables have them, is an entry too. */
function* entriesOf(document: object): Generator<Assignment> {
  const open: object[] = [document];
  while (open.length > 0) {
    const next = open.pop()!;
    const { name, key, value } = next as { name?: unknown; key?: unknown; value?: unknown };
    const called = name ?? key;
    if (typeof called === "string" && isValue(value))
      yield { name: called, value: String(value), quotes: "document" };
    for (const [entry, part] of Object.entries(next)) {
      const parts: unknown[] = Array.isArray(part) ? part : [part];
      for (const one of parts)
        if (isValue(one) && !/\s/.test(entry))
          yield { name: entry, value: String(one), quotes: "document" };
        else if (typeof one === "object" && one !== null) open.push(one);
    }
  }
}

function isValue(value: unknown): value is string | number {
  return typeof value === "number" || (typeof value === "string" && value !== "");
}
