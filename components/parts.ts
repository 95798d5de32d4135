import { z } from "zod";

/** The values of a document's parts, by name; or what is wrong with it, in words that hold nothing of it. */
export type PartsRead =
  { readonly parts: Readonly<Record<string, string>> } | { readonly problem: string };

const part = z.string().refine((text) => text.trim() !== "");

/**
 * Reads a value that is made of parts: a JSON object with a text for each declared name and nothing else. A part that is missing, empty or
 * unknown makes the whole unusable; an unknown one is not named, since a value may have slipped into its place.
 */
export function readParts(text: string, names: readonly string[]): PartsRead {
  const document = objectOf(text);
  if (!document) return { problem: `is no JSON object with the parts ${names.join(", ")}` };
  const missing = names.filter(
    (name) => !Object.hasOwn(document, name) || !part.safeParse(document[name]).success,
  );
  if (missing.length > 0) return { problem: `has no text for its part ${missing.join(", ")}` };
  if (Object.keys(document).length > names.length)
    return { problem: `has a part beside ${names.join(", ")}` };
  const parts = Object.fromEntries(names.map((name) => [name, String(document[name])]));
  return { parts };
}

/** The one form in which a value of parts is kept, so that equal parts are equal texts: compact JSON in the declared order. */
export function writeParts(
  parts: Readonly<Record<string, string>>,
  names: readonly string[],
): string {
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, parts[name]])));
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json) as unknown;
      } catch (error) {
        // The parser's own message quotes the text, which is a secret.
        if (!(error instanceof SyntaxError)) throw error;
        context.addIssue({ code: "custom", message: "no JSON" });
        return z.NEVER;
      }
    })
    .pipe(z.record(z.string(), z.unknown()))
    .safeParse(text);
  return parsed.success ? parsed.data : undefined;
}
