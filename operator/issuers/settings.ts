import { isLoopback } from "../../components/loopback";
import { ISSUERS, SecretDeclaration } from "../../components/inventory";
import { RekeyError } from "../errors";
import { PlainMap, isPlainMap } from "../yaml-text";
import { Asking, KnownIssuer, identityParts } from "./issuer";

/** The setting that says where issuers are asked, where that is not the default. */
export const ISSUERS_SETTING = "rekey:issuers";

/**
 * Where and how an issuer is asked about one secret. Each of these goes before the next: `rekey:issuers.<SECRET>` and
 * `rekey:issuers.<issuer>` (an address, or a map with `url` and what else is needed), the address that the secret's system uses itself
 * (`rekey:proxpanel.proxmoxUrl`), the issuer's own.
 *
 * @throws RekeyError (exit 2) with the setting that is missing, unknown, encrypted, or an address that is neither https nor on loopback.
 */
export function askingOf(secret: SecretDeclaration, issuer: KnownIssuer, config: PlainMap): Asking {
  const used = mapIn(config, `rekey:${secret.system}`)[`${issuer.id}Url`];
  const issuers = readIssuers(config);
  const at = `${ISSUERS_SETTING}.${secret.name in issuers ? secret.name : issuer.id}`;
  const { url = issuer.defaultUrl, ...settings } = {
    ...textsIn({ url: used }),
    ...entryOf(issuers, issuer.id),
    ...entryOf(issuers, secret.name),
  };
  if (url === undefined) throw lacking(secret, issuer, `${at}.url`);
  const { identity } = issuer;
  const brought = identityParts(identity ?? "id").some((part) => secret.parts?.includes(part));
  if (identity !== undefined && !brought && settings[identity] === undefined)
    throw lacking(secret, issuer, `${at}.${identity}`);
  return { url: address(url, `${at}.url`), settings };
}

/** `rekey:issuers`, with every name in it known. A name that is mistyped would otherwise leave a key unasked about. */
function readIssuers(config: PlainMap): PlainMap {
  const raw = config[ISSUERS_SETTING];
  if (raw !== undefined && !isPlainMap(raw)) throw wrong(ISSUERS_SETTING, "is no map");
  const issuers = raw ?? {};
  if ("secure" in issuers) throw wrong(ISSUERS_SETTING, "is encrypted");
  const known = (name: string) =>
    ISSUERS.some((issuer) => issuer === name) || /^[A-Z][A-Z0-9_]*$/.test(name);
  const stranger = Object.keys(issuers).find((name) => !known(name));
  if (stranger !== undefined)
    throw wrong(`${ISSUERS_SETTING}.${stranger}`, "names no issuer that rekey knows");
  return issuers;
}

function entryOf(issuers: PlainMap, name: string): Record<string, string> {
  const entry = issuers[name];
  if (entry === undefined) return {};
  if (typeof entry === "string") return { url: entry };
  const path = `${ISSUERS_SETTING}.${name}`;
  if (!isPlainMap(entry)) throw wrong(path, "is neither an address nor a map");
  for (const [key, value] of Object.entries(entry))
    if (typeof value !== "string") throw wrong(`${path}.${key}`, "is no text");
  return textsIn(entry);
}

function textsIn(map: unknown): Record<string, string> {
  const entries = Object.entries(typeof map === "object" && map !== null ? map : {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function mapIn(config: PlainMap, key: string): PlainMap {
  const found = config[key];
  return isPlainMap(found) ? found : {};
}

/** An address that a key may be sent to. What is wrong with another is told without quoting it, since it may hold a password. */
function address(text: string, path: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw unusable(path, "is no address");
  if (url.username !== "" || url.password !== "")
    throw unusable(path, "holds a user or a password");
  if (url.search !== "" || url.hash !== "") throw unusable(path, "holds a query or a fragment");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname)))
    throw unusable(path, "would send the key unencrypted");
  return url.href.replace(/\/+$/, "");
}

function unusable(path: string, problem: string): RekeyError {
  return new RekeyError({
    code: "configuration",
    exitCode: 2,
    message: `${problem}; nothing was written`,
    path,
    allowed: "an https address without user, query and fragment (http on loopback only)",
    fix: `pulumi config set --path '${path}' https://…`,
  });
}

function wrong(path: string, problem: string): RekeyError {
  return new RekeyError({
    code: "configuration",
    exitCode: 2,
    message: `${problem}; nothing was written`,
    path,
    allowed: `by issuer (${ISSUERS.join(", ")}) or by the name of a secret: an address, or { url, … } in plain texts`,
    fix: "correct it; Pulumi.yaml describes it",
  });
}

function lacking(secret: SecretDeclaration, { title, identity }: KnownIssuer, path: string) {
  const names = ["url", ...(identity === undefined ? [] : [identity])].join(", ");
  return new RekeyError({
    code: "configuration",
    exitCode: 2,
    message: `is missing: without it ${title} cannot be asked about the new value of ${secret.name}; nothing was written`,
    path,
    allowed: `what ${title} is asked with: ${names}`,
    fix: `pulumi config set --path '${path}' <value>, or go on unchecked with --no-validate`,
  });
}
