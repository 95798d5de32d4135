/** A mark that nobody sees, which keeps what stands around it from being read as a mention, a reference or an address. */
const APART = "\u200b";

/**
 * A text in a code span: taken literally, neither mentions nor links nor HTML. Backticks become quotes, line ends spaces, and what
 * cannot be seen is shown as a replacement mark. Never empty.
 *
 * @param inTable also keeps a pipe from ending the cell.
 */
export function code(text: string, inTable = false): string {
  const line = visible(text).replaceAll("`", "'").trim() || "-";
  return `\`${inTable ? line.replaceAll("|", "\\|") : line}\``;
}

/**
 * A sentence of a plan: what stands between backticks stays code, everything else is text in which no markup, mention, issue number or
 * address of a stranger works.
 */
export function prose(text: string, inTable = false): string {
  return visible(text)
    .split("`")
    .map((part, index, parts) => {
      if (index % 2 === 1 && index < parts.length - 1) return code(part, inTable);
      return literal(part);
    })
    .join("");
}

/** A text inside a line of HTML, where Markdown is not read: as code, in which mentions are not either. */
export function html(text: string): string {
  const entities = visible(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
  return `<code>${entities}</code>`;
}

function literal(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\*_[\]|~!]/g, "\\$&")
    .replace(/[@#]/g, `$&${APART}`)
    .replace(/:(?=\/\/)/g, `:${APART}`)
    .replace(/\bwww\./gi, `$&${APART}`)
    .replace(/\bGH-/gi, `$&${APART}`);
}

/** One line, without control characters and without those that turn the direction of a text or hide in it. */
function visible(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "\u{fffd}");
}
