/** What the API says of itself: its groups, the kinds in them, and how their objects look. */
import { StatusError } from "./errors";
import { KINDS, type Kind } from "./kinds";

/** Without its group, the version of the first kinds there were. */
const CORE = "v1";

/** The answer for `/api`, `/apis`, `/api/v1` and `/apis/<group>/v1`; undefined for every other path. */
export function discovery(path: string): object | undefined {
  const parts = path.split("/").filter(Boolean);
  if (path === "/api") return { kind: "APIVersions", versions: [CORE] };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groups() };
  const [root, group, version] = parts[0] === "api" ? ["apis", "", parts[1]] : parts;
  const kinds = KINDS.filter((kind) => kind.group === group && kind.version === version);
  if (root !== "apis" || kinds.length === 0 || parts.length !== (group === "" ? 2 : 3))
    return undefined;
  const groupVersion = group === "" ? CORE : `${group}/${version}`;
  const resources = kinds.map(resourceOf);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

function groups(): object[] {
  const named = new Set(KINDS.map(({ group }) => group).filter((group) => group !== ""));
  return [...named].map((name) => {
    const only = { groupVersion: `${name}/v1`, version: "v1" };
    return { name, versions: [only], preferredVersion: only };
  });
}

function resourceOf({ kind, plural, namespaced, readOnly }: Kind): object {
  const writes = readOnly === true ? [] : ["create", "update", "patch", "delete"];
  const verbs = ["get", "list", "watch", ...writes];
  return { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs };
}

const PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/** What is asked for is no type that a parser of types takes, so the answer names it otherwise. */
const ANSWERED = PROTOBUF.replace("@", ".");

/**
 * `/openapi/v2` in the form in which clients in Go ask for it. The document has a title and no schema: clients check objects by it before they
 * send them, and where it has none the server checks alone. @throws 406 for every other form.
 */
export function openApi(accept: string | undefined): { type: string; body: Buffer } {
  if (accept?.includes(PROTOBUF) !== true)
    throw new StatusError(406, "NotAcceptable", `the fake serves ${PROTOBUF} only`);
  const info = Buffer.concat([field(1, "Kubernetes"), field(2, "v1.34.0")]);
  const nothing = Buffer.alloc(0);
  const parts = [field(1, "2.0"), field(2, info), field(8, nothing), field(9, nothing)];
  return { type: ANSWERED, body: Buffer.concat(parts) };
}

/** A field of a protocol buffer that holds a text or a message, shorter than 128 bytes. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}
