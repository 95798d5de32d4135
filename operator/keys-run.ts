import { findEngine } from "../engine";
import { CAPANEL, readCapanelSettings } from "../stacks/capanel/settings";
import { explain } from "./engine-errors";
import { RekeyError } from "./errors";
import type { GoogleClient } from "./google";
import { googleOfStack } from "./google-of-stack";
import { ForeignKey, foreignKeys, idOf } from "./keys";
import { createProgress, printJson, printText, table, widthOf } from "./output";
import { OpenProject, Whereabouts, openProject } from "./project";
import { readState } from "./recovery/state";
import { openStack } from "./workspace";

/** The options of `rekey keys`, as the command line gives them. */
export interface KeysArguments extends Whereabouts {
  readonly delete?: readonly string[];
  readonly json?: boolean;
}

/** Runs `rekey keys`: lists, or deletes what is named. A key that the stack declares is never deleted here. */
export async function runKeys(options: KeysArguments): Promise<void> {
  const open = await openProject(options);
  const { project } = readCapanelSettings(open.file.config[CAPANEL]);
  const rows = await withStack(open, async ({ google, declared }) => {
    const found = await foreignKeys(project, declared, google);
    const chosen = (options.delete ?? []).map((id) => chosenKey(id, found, declared));
    for (const { name } of chosen) await google.iam.deleteKey(name);
    const deleted = new Set(chosen.map(({ id }) => id));
    return found.map((key) => ({ ...key, deleted: deleted.has(key.id) }));
  });
  if (options.json) return printJson({ stack: open.stack, project, keys: rows });
  await printText(`${textOf(rows, project)}\n`);
}

interface StackKeys {
  readonly google: GoogleClient;
  /** The ids of the keys that the stack's state has. */
  readonly declared: ReadonlySet<string>;
}

async function withStack<T>(open: OpenProject, use: (keys: StackKeys) => Promise<T>): Promise<T> {
  const progress = createProgress();
  try {
    const engine = await findEngine({ progress });
    const place = { cwd: open.cwd, stack: open.stack, command: engine.command };
    try {
      const { stack } = await openStack(place);
      const { resources } = await readState(stack);
      const keys = resources.filter(({ type }) => type === "gcp:serviceaccount/key:Key");
      return await use({
        google: googleOfStack(await stack.getAllConfig()),
        declared: new Set(keys.map(({ id }) => idOf(id ?? ""))),
      });
    } catch (error) {
      throw explain(error, { place, observed: { messages: [] }, mistake: undefined });
    }
  } finally {
    progress.end();
  }
}

function chosenKey(
  id: string,
  found: readonly ForeignKey[],
  declared: ReadonlySet<string>,
): ForeignKey {
  const key = found.find((known) => known.id === id);
  if (key) return key;
  throw RekeyError.usage({
    message: declared.has(id)
      ? "this key is declared in the stack; nothing was deleted"
      : "the project has no key with this id outside the stack; nothing was deleted",
    path: "--delete",
    allowed: found.map((known) => known.id).join(", ") || "nothing: there is no such key",
    fix: declared.has(id)
      ? "remove it from the stack's settings (serviceAccountKeys), then rekey up"
      : "rekey keys lists them",
  });
}

function textOf(rows: readonly (ForeignKey & { deleted: boolean })[], project: string): string {
  if (rows.length === 0) return `${project}: no service-account key outside the stack`;
  return table(
    rows,
    [
      { title: "KEY", value: ({ id }) => id, whole: true },
      { title: "ACCOUNT", value: ({ account }) => account },
      { title: "CREATED", value: ({ created }) => created ?? "unknown" },
      { title: "EXPIRES", value: ({ expires }) => expires ?? "never" },
      { title: "STATE", value: ({ deleted }) => (deleted ? "deleted" : "live") },
    ],
    widthOf(process.stdout),
  );
}
