import { type JsonWebKey, type KeyObject, createPublicKey, randomBytes } from "node:crypto";

/** A public key as SSH spells it: its type's name and its bytes on the wire (RFC 4253, RFC 5656, RFC 8709). */
export interface OpensshPublicKey {
  type: string;
  blob: Buffer;
}

const CURVES: Readonly<Record<string, string>> = {
  "P-256": "nistp256",
  "P-384": "nistp384",
  "P-521": "nistp521",
};

// Blocks of a private key that is not encrypted are padded to this length.
const BLOCK = 8;

/** The public key in SSH's form; for RSA, Ed25519 and the curves P-256, P-384 and P-521. */
export function opensshPublicKey(key: KeyObject): OpensshPublicKey {
  const { type, publicFields } = fieldsOf(key.export({ format: "jwk" }));
  return { type, blob: Buffer.concat([string(type), ...publicFields]) };
}

/** The private key in OpenSSH's own form (`openssh-key-v1`), not encrypted and without a comment. */
export function opensshPrivateKey(key: KeyObject): string {
  const { type, privateFields } = fieldsOf(key.export({ format: "jwk" }));
  const check = randomBytes(4);
  const block = Buffer.concat([check, check, string(type), ...privateFields, string("")]);
  const padding = Buffer.from(
    Array.from({ length: (BLOCK - (block.length % BLOCK)) % BLOCK }, (_, index) => index + 1),
  );
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(opensshPublicKey(createPublicKey(key)).blob),
    string(Buffer.concat([block, padding])),
  ]);
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  const frame = (edge: string) => `-----${edge} OPENSSH PRIVATE KEY-----`;
  return [frame("BEGIN"), ...lines, frame("END"), ""].join("\n");
}

interface Fields {
  type: string;
  publicFields: Buffer[];
  privateFields: Buffer[];
}

function fieldsOf(jwk: JsonWebKey): Fields {
  const part = (name: keyof JsonWebKey) =>
    Buffer.from((jwk[name] as string | undefined) ?? "", "base64url");
  if (jwk.kty === "RSA") {
    const [n, e] = [mpint(part("n")), mpint(part("e"))];
    const rest = (["d", "qi", "p", "q"] as const).map((name) => mpint(part(name)));
    return { type: "ssh-rsa", publicFields: [e, n], privateFields: [n, e, ...rest] };
  }
  if (jwk.kty === "OKP") {
    const open = string(part("x"));
    const both = string(Buffer.concat([part("d"), part("x")]));
    return { type: "ssh-ed25519", publicFields: [open], privateFields: [open, both] };
  }
  const curve = CURVES[jwk.crv ?? ""];
  if (curve === undefined) throw new Error(`OpenSSH has no form for the curve ${jwk.crv}`);
  const point = [string(curve), string(Buffer.concat([Buffer.of(4), part("x"), part("y")]))];
  return {
    type: `ecdsa-sha2-${curve}`,
    publicFields: point,
    privateFields: [...point, mpint(part("d"))],
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A positive number without leading zeros, except for one that keeps its sign bit clear. */
function mpint(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
  return string((short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), short]) : short);
}
