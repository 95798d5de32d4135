import { nameKind } from "./credential-names";

/** Places for values and nothing besides them but what joins them, with or without the scheme of a header before. */
const PLACES =
  /^(?:(?:Basic|Bearer|Token) )?(?:(?:<[^<>]*>|\$\{[^{}]*\}|\{\{[^{}]*\}\}|\$\([^()]*\)|\{\w*\}|%\w+%|%s)[:,;/@. _-]?)+$/;

/** A text that something else fills in: `<…>`, `${…}`, `{{…}}`, `$(…)`, `$NAME`, one or several and nothing besides. */
export function isPlace(text: string): boolean {
  const bare = unquoted(text);
  return bare === "" || PLACES.test(bare) || isVariable(bare);
}

/** A text that only holds a place for a value, or says so: `***`, `xxxx`, CHANGE_ME and the like. */
export function isPlaceholder(text: string): boolean {
  const bare = unquoted(text);
  return (
    isPlace(text) ||
    /^([*.xX_-])\1*$/.test(bare) ||
    /^(?:change|replace|set|fill)[ _-]?(?:me|this|it|in)$/i.test(bare) ||
    /^(?:placeholder|redacted|todo|tbd|none|null|nil|unset|undefined|n\/a|dummy|example)$/i.test(
      bare,
    )
  );
}

function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/s, "$2");
}

/** `$DB_PASSWORD`, `$password`: a password may begin with the sign too, so a name in small letters must say what it names. */
function isVariable(text: string): boolean {
  const [, name] = /^\$([A-Za-z_]\w*)$/.exec(text) ?? [];
  return name !== undefined && (/^[A-Z_][A-Z0-9_]*$/.test(name) || nameKind(name) !== "other");
}

/** A text in which a shell or a template puts something: `$name`, `${…}`, `$(…)`, `{{…}}`, a command between backquotes. */
export function holdsExpansion(text: string): boolean {
  return /(?:^|\s)\$[A-Za-z_]|\$\(|\$\{|\{\{|`/.test(text);
}

/** A text that only a generator writes: at least 16 characters without blanks, mixed, and close to random. */
export function looksGenerated(text: string): boolean {
  if (text.length < 16 || text.length > 4096 || /\s/.test(text)) return false;
  if (/:\/\/|^[./~]|^projects\/|^[\w.-]+@[\w.-]+$/.test(text)) return false;
  const hexadecimal = /^[0-9a-fA-F]+$/.test(text) && /\d/.test(text) && /[a-f]/i.test(text);
  if (hexadecimal) return entropy(text) >= 3;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length;
  return kinds >= 2 && /\d/.test(text) && entropy(text) >= 3.5;
}

/** Shannon's entropy in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()]
    .map((count) => count / text.length)
    .reduce((sum, share) => sum - share * Math.log2(share), 0);
}
