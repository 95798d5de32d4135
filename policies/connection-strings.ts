/** How far around an assignment its neighbours are looked for, in characters; keys and values of connection strings are short. */
export const NEAR = 200;

/** A key and its value right before, joined as in `Server=x;Password=…`, `host=x password=…` and `host = x password = …`. */
const BEFORE = {
  semicolon: /(?:^|[\s;"'`])([A-Za-z][\w .-]{0,40}?)\s?=[^;=]{0,120};[ \t]?$/,
  blank:
    /(?:^|[\s"'`])[A-Za-z][\w.-]{0,40}[ \t]?=[ \t]?(?:'[^'\n]{0,80}'|[^\s=,;({["']{1,120})[ \t]$/,
};
/** The same right behind. */
const BEHIND = {
  semicolon: /^;[ \t]?([A-Za-z][\w .-]{0,40}?)\s?=[^=]/,
  blank: /^[ \t][A-Za-z][\w.-]{0,40}[ \t]?=[ \t]?[^\s=>~]/,
};
/** What else connection strings say. Statements that are joined by semicolons look the same. */
const KEYS =
  /^(?:host|server|port|addr(?:ess)?|network address|data source|database|dbname|initial catalog|user ?(?:id|name)?|uid|driver|dsn|provider|(?:trusted|max|min|connect(?:ion)?|command|persist|integrated|application|load|ssl|trust|multiple)[\w ]*|encrypt|pooling|charset|timeout|protocol|endpoint|account\w*)$/i;

/**
 * True where another key and its value stand right beside an assignment, as they do in connection strings and in the addresses of
 * drivers (`jdbc:…?user=u&password=p`), and not in the statements and arguments of a program.
 *
 * @param at the place of the character before the name.
 * @param rest what stands behind the value.
 */
export function isInConnectionString(
  text: string,
  at: number,
  value: string,
  rest: string,
): boolean {
  const joint = text[at] ?? "";
  if (/[?&]/.test(joint)) return true;
  if (/[,({[]$/.test(value)) return false;
  const before = text.slice(Math.max(0, at - NEAR), at) + joint;
  const keys = [BEFORE.semicolon.exec(before)?.[1], BEHIND.semicolon.exec(rest)?.[1]];
  if (keys.some((key) => key !== undefined && KEYS.test(key.trim()))) return true;
  return BEFORE.blank.test(before) || BEHIND.blank.test(rest);
}
