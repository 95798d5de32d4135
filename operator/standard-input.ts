/** All of standard input, as text. It may hold values: nothing of it may enter a message. */
export async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** A JSON document; undefined where the text is none. The parser's own message quotes its input, which may hold values. */
export function parsedQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
