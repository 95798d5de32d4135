/** A certificate for one server on 127.0.0.1, signed by its own key: whoever is to trust the server is given the certificate itself. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** A key and its certificate, both PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly certificate: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const ECDSA_SHA256 = der(SEQUENCE, [Buffer.from("06082a8648ce3d040302", "hex")]);
const COMMON_NAME = Buffer.from("0603550403", "hex");
const BASIC_CONSTRAINTS = Buffer.from("0603551d13", "hex");
const ALTERNATIVE_NAMES = Buffer.from("0603551d11", "hex");
const TRUE = Buffer.from("0101ff", "hex");
const DAY_MS = 24 * 3600 * 1000;

/** Makes a key and a certificate for 127.0.0.1 and localhost, good from yesterday for `days` (30 unless set). */
export function loopbackCertificate(days = 30): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = der(SEQUENCE, [
    der(SET, [der(SEQUENCE, [COMMON_NAME, der(0x0c, [Buffer.from("rekey rehearsal")])])]),
  ]);
  const now = Date.now();
  const body = der(SEQUENCE, [
    der(0xa0, [Buffer.from("020102", "hex")]),
    der(0x02, [serialNumber()]),
    ECDSA_SHA256,
    name,
    der(SEQUENCE, [time(now - DAY_MS), time(now + days * DAY_MS)]),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, [der(SEQUENCE, [authority(), alternativeNames()])]),
  ]);
  return {
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    certificate: pem(signed(body, privateKey)),
  };
}

function signed(body: Buffer, key: KeyObject): Buffer {
  const signature = der(BIT_STRING, [Buffer.from([0]), sign("sha256", body, key)]);
  return der(SEQUENCE, [body, ECDSA_SHA256, signature]);
}

function authority(): Buffer {
  const isAuthority = der(SEQUENCE, [TRUE]);
  return der(SEQUENCE, [BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, [isAuthority])]);
}

function alternativeNames(): Buffer {
  const names = der(SEQUENCE, [
    der(0x87, [Buffer.from([127, 0, 0, 1])]),
    der(0x82, [Buffer.from("localhost")]),
  ]);
  return der(SEQUENCE, [ALTERNATIVE_NAMES, der(OCTET_STRING, [names])]);
}

function serialNumber(): Buffer {
  const serial = randomBytes(8);
  // A leading one-bit would make the number negative, a leading zero byte superfluous.
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return serial;
}

function der(tag: number, parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >>> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** UTCTime, `YYMMDDHHMMSSZ`. */
function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "").slice(2);
  return der(0x17, [Buffer.from(text)]);
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
