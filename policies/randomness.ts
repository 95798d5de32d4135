/** A text that holds a place for a value: empty, `<…>`, `${…}`, `{{…}}`, `$(…)`, `***`, `xxxx`, CHANGE_ME and the like. */
export function isPlaceholder(text: string): boolean {
  const bare = text.trim().replace(/^(["'])(.*)\1$/s, "$2");
  return (
    bare === "" ||
    /^(?:<[^<>]*>|\$\{[^{}]*\}|\{\{[^{}]*\}\}|\$\([^()]*\)|\$[A-Za-z_]\w*|\{\w*\}|%\w+%|%s)$/.test(
      bare,
    ) ||
    /^([*.xX_-])\1*$/.test(bare) ||
    /^(?:change|replace|set|fill)[ _-]?(?:me|this|it|in)$/i.test(bare) ||
    /^(?:placeholder|redacted|todo|tbd|none|null|nil|unset|undefined|n\/a|dummy|example)$/i.test(
      bare,
    )
  );
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
