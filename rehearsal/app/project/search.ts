/**
 * The mode `project-search`: a small stand-in for Meilisearch. Like it, it knows one master key (`MEILI_MASTER_KEY`), answers 401 without a
 * key and 403 to another one, and keeps its index in a folder (`MEILI_DB_PATH`) that outlives it.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { text } from "../fields";
import { endOnSigterm, HttpError, serve, type Call, type Handlers } from "../http";
import { log } from "../log";
import { port, required, type Env } from "../settings";

interface Document {
  readonly id: string;
  readonly text: string;
}

/** Serves until SIGTERM. Ready (`/health` 200) once the index is read. */
export async function runSearch(env: Env): Promise<void> {
  const index = new Index(join(required(env, "MEILI_DB_PATH"), "documents.json"));
  const listening = await serve(port(env), handlers(index, required(env, "MEILI_MASTER_KEY")));
  endOnSigterm(listening);
  log("INFO", "listening", { port: listening.port, documents: index.size });
}

function handlers(index: Index, key: string): Handlers {
  const guard = ({ headers: { authorization } }: Call) => {
    if (authorization === undefined)
      throw new HttpError(401, "The Authorization header is missing");
    if (authorization !== `Bearer ${key}`)
      throw new HttpError(403, "The provided API key is invalid");
  };
  return {
    "GET /health": () => ({ body: { status: "available" } }),
    "GET /stats": (call) => {
      guard(call);
      return { body: { indexes: { documents: { numberOfDocuments: index.size } } } };
    },
    "POST /indexes/documents/documents": async (call) => {
      guard(call);
      const { id, text: words } = await call.body();
      await index.add({ id: text(id, "id"), text: text(words, "text") });
      return { status: 202, body: { status: "enqueued" } };
    },
    "POST /indexes/documents/search": async (call) => {
      guard(call);
      return { body: { hits: index.find(text((await call.body())["q"], "q")) } };
    },
  };
}

class Index {
  private readonly documents: Map<string, Document>;

  constructor(private readonly file: string) {
    const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Document[]) : [];
    this.documents = new Map(kept.map((document) => [document.id, document]));
  }

  get size(): number {
    return this.documents.size;
  }

  async add(document: Document): Promise<void> {
    this.documents.set(document.id, document);
    await writeFileAtomic(this.file, JSON.stringify([...this.documents.values()]), { mode: 0o600 });
  }

  find(word: string): Document[] {
    return [...this.documents.values()].filter((document) => document.text.includes(word));
  }
}
