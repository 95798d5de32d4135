import { isRecord, listOf, textsOf } from "./policy-documents";
import { parseJson } from "./views";

/** One `path` block of a Vault policy. */
export interface VaultGrant {
  /** It reads or writes, and covers more than one system's part of a mount. */
  readonly wide: boolean;
}

const OPENS = /^(?:read|list|create|update|patch|sudo|write)$/;
/** Paths of Vault itself that no secret stands under. */
const OWN =
  /^(?:auth\/token\/|sys\/(?:mounts|capabilities|leases|health|internal)|identity\/|cubbyhole\/)/;

/** The grants of a policy in HCL or JSON. Comments are left out. */
export function vaultGrants(policy: string): VaultGrant[] {
  const document = parseJson(policy);
  const grants = document === undefined ? [...blocksOf(policy)] : [...entriesOf(document)];
  return grants.map(({ path, words }) => ({
    wide: isWide(path) && words.some((word) => OPENS.test(word)) && !words.includes("deny"),
  }));
}

interface Block {
  readonly path: string;
  /** Every text in quotes of the block itself; those of inner blocks (`allowed_parameters`) grant nothing. */
  readonly words: readonly string[];
}

/** Comments, texts in quotes, brackets and words. What is not closed ends with the text, so that each character is read once. */
const TOKEN =
  /#[^\n]*|\/\/[^\n]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/|$)|"((?:[^"\\\n]|\\.)*)"?|[{}]|\w+/g;

function* blocksOf(policy: string): Generator<Block> {
  let depth = 0;
  let open: { path: string; words: string[] } | undefined;
  let before = "";
  let path: string | undefined;
  for (const [token, text] of policy.matchAll(TOKEN)) {
    if (/^(?:#|\/[/*])/.test(token)) continue;
    if (token === "{") {
      if (depth === 0 && path !== undefined) open = { path, words: [] };
      depth += 1;
    } else if (token === "}") {
      depth = Math.max(0, depth - 1);
      if (depth > 0 || open === undefined) continue;
      yield open;
      open = undefined;
    } else if (depth === 1 && text !== undefined) open?.words.push(text);
    path = depth === 0 && /^"?path"?$/.test(before) ? text : undefined;
    before = token;
  }
}

/** `{"path": {"secret/*": {"capabilities": ["read"]}}}`; repeated blocks stand in lists. */
function* entriesOf(document: unknown): Generator<Block> {
  if (!isRecord(document)) return;
  for (const paths of listOf(document["path"]).filter(isRecord))
    for (const [path, blocks] of Object.entries(paths))
      for (const block of listOf(blocks).filter(isRecord))
        yield { path, words: [...textsOf(block["capabilities"]), ...textsOf(block["policy"])] };
}

/** A path whose wildcard comes before the name of a system: `*`, `secret/*`, `secret/data/*`, `+/data/app`. */
function isWide(path: string): boolean {
  if (OWN.test(path) || !/[*+]/.test(path)) return false;
  const steps = path.split("/").filter((step) => step !== "");
  const first = steps.findIndex((step) => /^\+$|\*/.test(step));
  const named = steps
    .slice(0, first)
    .filter(
      (step, index) => index > 0 && !/^(?:data|metadata|delete|undelete|destroy)$/.test(step),
    );
  const begun = (steps[first] ?? "").replace(/[*+].*$/, "") !== "" && first > 0;
  return named.length === 0 && !begun;
}
