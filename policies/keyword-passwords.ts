import { NEAR, isInConnectionString } from "./connection-strings";
import { nameKind } from "./credential-names";
import { isExpression, isProgram, isPutIn, mayBeCode } from "./expressions";

/** `password = value`; a comparison, a function and a pattern of a match are none. */
const KEYWORD =
  /(?:^|[\s;?&])(?:password|passwd|pwd)([ \t]*)=(?!=|[>~]\s)[ \t]*((?:(?!\\n)[^\s;&'"]){1,1024})/gi;

/**
 * What a text gives to a keyword for a password, in connection strings (`Server=x;User Id=y;Password=…`, `host=x password=…`,
 * `jdbc:…?user=u&password=…`) and in files of settings. What a program assigns, compares, hands on or declares is code, not a password.
 */
export function* keywordPasswords(text: string): Generator<string> {
  let program: boolean | undefined;
  for (const match of text.matchAll(KEYWORD)) {
    const [all, blank = "", found = ""] = match;
    const end = match.index + all.length;
    const rest = text.slice(end, end + NEAR);
    // The quotes around a connection string may be escaped.
    const value = /^["']/.test(rest) ? found.replace(/\\+$/, "") : found;
    if (isFilledIn(value) || isPutIn(value, rest)) continue;
    if (!isInConnectionString(text, match.index, value, rest)) {
      // A shell ends an assignment with a semicolon, with no blank before the sign; a statement of a program mostly has one.
      if (isExpression(value, blank === "" ? rest.replace(/^;/, "") : rest)) continue;
      program ??= isProgram(text);
      if (program && mayBeCode(value)) continue;
    }
    yield value;
  }
}

/** What a statement of SQL has in place of a value. */
function isFilledIn(value: string): boolean {
  const [, name] = /^[:@](\w+)[),]*$/.exec(value) ?? [];
  if (name !== undefined) return nameKind(name) !== "other";
  return /^(?:\?|%\(\w+\)s)[),]*$/.test(value);
}
