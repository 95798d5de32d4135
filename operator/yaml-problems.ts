import type { ErrorCode } from "yaml";

/** What is allowed instead, and the edit that mends it. */
export interface Mending {
  readonly allowed: string;
  readonly fix: string;
}

const IN_WORDS: Partial<Record<ErrorCode, [problem: string, mending: Mending]>> = {
  DUPLICATE_KEY: [
    "names a key for the second time in the same map",
    { allowed: "each key once", fix: "remove one of the two" },
  ],
  TAB_AS_INDENT: [
    "is indented with a tab",
    { allowed: "spaces", fix: "replace the tab by spaces" },
  ],
  BAD_INDENT: [
    "is not indented as its neighbours are, or a bracket before it is not closed",
    {
      allowed: "the same indentation for the keys of one map",
      fix: "correct the indentation or close the bracket",
    },
  ],
  MISSING_CHAR: [
    "lacks a colon, a quote or a bracket",
    { allowed: "`key: value`", fix: "add what is missing" },
  ],
  BAD_ALIAS: [
    "uses an alias wrongly",
    { allowed: "`*name` of an anchor above it", fix: "write the value out" },
  ],
  BAD_SCALAR_START: [
    "begins a value with a character that YAML reserves",
    { allowed: "such a value in quotes", fix: "put the value in quotes" },
  ],
  BAD_DQ_ESCAPE: [
    "holds an escape that YAML does not know",
    { allowed: "the escapes of JSON between double quotes", fix: "use single quotes" },
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    "holds a second `key: value` on the same line",
    { allowed: "one key a line, or `{ a: 1, b: 2 }`", fix: "put the value in quotes or in braces" },
  ],
  MULTIPLE_DOCS: [
    "begins a second document",
    { allowed: "one document", fix: "remove what follows `---`" },
  ],
};

/** An error of the YAML reader in our words: its own message may quote the line, and so a secret. */
export function problemInWords(code: ErrorCode): [problem: string, mending: Mending] {
  return (
    IN_WORDS[code] ?? [
      `is not valid YAML (${code})`,
      { allowed: "YAML as Pulumi reads it", fix: "correct the line" },
    ]
  );
}
