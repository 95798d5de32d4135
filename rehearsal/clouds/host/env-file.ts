/**
 * Env files as `docker compose` reads them (compose-go's dotenv): comments, quotes, escapes, `export`, interpolation of what stands
 * above. Written from its rules and on its own, so that it can check the writer in components/consumers.
 */
import { readFile } from "node:fs/promises";

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** For tests: the variables of an env file on the fake host, as a service started with it has them. */
export async function readEnvFile(path: string): Promise<Variables> {
  return parseEnvFile(await readFile(path, "utf8"));
}

/** Reads an env file's text; throws with the line's number and never its text, which is where compose itself is careless. */
export function parseEnvFile(text: string): Variables {
  const variables: Record<string, string> = {};
  let rest = text.replace(/^\u{feff}/u, "");
  const line = () => text.slice(0, text.length - rest.length).split("\n").length;
  for (;;) {
    rest = rest.replace(/^(\s+|#[^\n]*)*/, "");
    if (rest === "") return variables;
    const head = /^(?:export\s+)?([A-Za-z0-9_.-]+)[^\S\n]*[=:][^\S\n]*/.exec(rest);
    if (head?.[1] === undefined) throw new Error(`line ${line()}: no variable's name`);
    const at = line();
    rest = rest.slice(head[0].length);
    const found = rest[0] === "'" || rest[0] === '"' ? inQuotes(rest, at) : bare(rest);
    variables[head[1]] = found.literal ? found.text : interpolate(found.text, variables);
    rest = rest.slice(found.length);
  }
}

interface Found {
  readonly text: string;
  /** True where nothing is interpolated. */
  readonly literal: boolean;
  /** How much of the text was used. */
  readonly length: number;
}

function bare(rest: string): Found {
  const whole = /^[^\n]*/.exec(rest)?.[0] ?? "";
  const text = whole.replace(/ #.*$/, "").trimEnd();
  return { text, literal: false, length: whole.length };
}

function inQuotes(rest: string, line: number): Found {
  const quote = rest[0] as string;
  let text = "";
  for (let index = 1; index < rest.length; index++) {
    const character = rest[index] as string;
    if (character === quote) {
      const literal = quote === "'";
      return { text: literal ? text : unescaped(text), literal, length: index + 1 };
    }
    if (character !== "\\") {
      text += character;
      continue;
    }
    // A backslash escapes the quote that it stands before; every other one stays for the double quotes' own escapes.
    const next = rest[++index] ?? "";
    text += next === quote ? quote : `\\${next}`;
  }
  throw new Error(`line ${line}: a quoted value does not end`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  c: "\\c",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  '"': '"',
  "\\": "\\",
  $: "$$",
};

function unescaped(text: string): string {
  return text.replaceAll(/\\([abcfnrtv$"\\])/g, (_, character: string) => ESCAPES[character] ?? "");
}

/**
 * Replaces `$NAME`, `${NAME}`, `${NAME-default}` and `${NAME:-default}`; `$$` is a dollar sign. Throws for any other use of a dollar
 * sign, naming no value.
 */
export function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(
    /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?)-([^}]*))?\}|)/g,
    (whole, plain?: string, braced?: string, colon?: string, fallback?: string) => {
      if (whole === "$$") return "$";
      const name = plain ?? braced;
      if (name === undefined) throw new Error("invalid interpolation format: `$` must be `$$`");
      const value = variables[name];
      const absent = value === undefined || (colon === ":" && value === "");
      return absent ? (fallback ?? "") : value;
    },
  );
}
