/** Self-signed X.509 certificates around service-account keys: the form in which IAM gives a key's public half. */
import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const SHA256_RSA = der(SEQUENCE, [Buffer.from("06092a864886f70d01010b0500", "hex")]);
const COMMON_NAME = Buffer.from("0603550403", "hex");

/** A PEM certificate, signed by the key itself. `from` and `to` are dates before 2050. */
export function selfSigned(
  privateKeyPem: string,
  commonName: string,
  from: Date,
  to: Date,
): string {
  const key = createPrivateKey(privateKeyPem);
  const name = der(SEQUENCE, [
    der(SET, [der(SEQUENCE, [COMMON_NAME, der(0x0c, [Buffer.from(commonName)])])]),
  ]);
  const serial = randomBytes(8);
  // A leading one-bit would make the serial number negative.
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  const body = der(SEQUENCE, [
    der(0x02, [serial]),
    SHA256_RSA,
    name,
    der(SEQUENCE, [time(from), time(to)]),
    name,
    createPublicKey(key).export({ type: "spki", format: "der" }),
  ]);
  const signature = der(0x03, [Buffer.from([0]), sign("sha256", body, key)]);
  const text = der(SEQUENCE, [body, SHA256_RSA, signature]).toString("base64");
  const lines = text.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >>> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** UTCTime, `YYMMDDHHMMSSZ`. */
function time(date: Date): Buffer {
  const text = date.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "").slice(2);
  return der(0x17, [Buffer.from(text)]);
}
