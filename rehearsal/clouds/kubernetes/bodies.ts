/** Bodies of requests. What is wrong with one is told without a word of it: it may hold a secret. */
import type { IncomingMessage } from "node:http";
import { parse as parseYaml } from "yaml";
import { StatusError } from "./errors";

const BODY_LIMIT = 3 * 1024 * 1024;

/** The whole body as text. @throws 400 for one that is too large. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT)
      throw new StatusError(400, "BadRequest", `the body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** @throws 400 */
export function json(text: string): unknown {
  return parsed(() => JSON.parse(text) as unknown, "JSON");
}

/** YAML, and so JSON too. @throws 400 */
export function yaml(text: string): unknown {
  // Warnings would be written out, with what they are about.
  return parsed(() => parseYaml(text, { logLevel: "error" }) as unknown, "YAML");
}

function parsed(parse: () => unknown, form: string): unknown {
  try {
    return parse();
  } catch {
    throw new StatusError(400, "BadRequest", `the body is not valid ${form}`);
  }
}
