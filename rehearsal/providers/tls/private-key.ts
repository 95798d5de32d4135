import { createHash, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import { opensshPrivateKey, opensshPublicKey } from "./openssh";

const generate = promisify(generateKeyPair) as (
  type: string,
  options: Readonly<Record<string, unknown>>,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

/** The curves of the official provider by the names that OpenSSL has for them. */
const CURVES = { P224: "secp224r1", P256: "prime256v1", P384: "secp384r1", P521: "secp521r1" };
type Curve = keyof typeof CURVES;

// Go's generator, which the official provider uses, makes no RSA key below 1,024 bits.
const LEAST_RSA_BITS = 1024;

const inputs = z.strictObject({
  algorithm: z.enum(["RSA", "ECDSA", "ED25519"]),
  ecdsaCurve: z.enum(Object.keys(CURVES) as [Curve, ...Curve[]]).optional(),
  rsaBits: z.number().int().min(LEAST_RSA_BITS).optional(),
});

type Inputs = z.infer<typeof inputs>;

const PRIVATE = ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"] as const;
const PUBLIC = [
  "publicKeyFingerprintMd5",
  "publicKeyFingerprintSha256",
  "publicKeyOpenssh",
  "publicKeyPem",
] as const;

/** What the official provider fills in, whatever the algorithm; it puts these into the outputs, not into the inputs. */
function planned(given: Properties): Properties {
  return { ecdsaCurve: "P224", rsaBits: 2048, ...given };
}

/**
 * A private key with its public half. Every input replaces it and nothing else makes it anew: it has no keepers, so a new key comes by
 * a replacement that the program asks for. The private forms are secret; the id is the SHA-1 of the public key.
 */
export const privateKey: Resource<undefined> = {
  token: "tls:index/privateKey:PrivateKey",
  inputs,
  replaceOn: ["algorithm", "ecdsaCurve", "rsaBits"],
  secretOutputs: PRIVATE,
  computed: [...PRIVATE, ...PUBLIC],
  normalize: planned,
  planned,
  create: async (given) => {
    const settled = planned(given) as Required<Inputs>;
    const pair = await generatePair(settled);
    return { id: idOf(pair.publicKey), outputs: { ...settled, ...outputsOf(pair, settled) } };
  },
  read: (id, old) => {
    if (!old) throw new Error("tls:index/privateKey:PrivateKey cannot be imported");
    return Promise.resolve({ id, ...old });
  },
  delete: () => Promise.resolve(),
};

function generatePair({ algorithm, ecdsaCurve, rsaBits }: Required<Inputs>) {
  if (algorithm === "RSA") return generate("rsa", { modulusLength: rsaBits });
  if (algorithm === "ECDSA") return generate("ec", { namedCurve: CURVES[ecdsaCurve] });
  return generate("ed25519", {});
}

type Pair = Awaited<ReturnType<typeof generatePair>>;

function outputsOf(pair: Pair, settled: Required<Inputs>): Properties {
  const pkcs8 = pem(pair.privateKey, "pkcs8");
  return {
    privateKeyPem: {
      RSA: () => pem(pair.privateKey, "pkcs1"),
      ECDSA: () => pem(pair.privateKey, "sec1"),
      ED25519: () => pkcs8,
    }[settled.algorithm](),
    privateKeyPemPkcs8: pkcs8,
    publicKeyPem: pem(pair.publicKey, "spki"),
    ...opensshOutputs(pair, settled),
  };
}

function pem(key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1" | "spki"): string {
  return (key.export as (options: object) => string)({ format: "pem", type });
}

/** OpenSSH knows no P-224: the official provider leaves its forms of such a key empty. */
function opensshOutputs(pair: Pair, { algorithm, ecdsaCurve }: Required<Inputs>): Properties {
  if (algorithm === "ECDSA" && ecdsaCurve === "P224")
    return {
      privateKeyOpenssh: "",
      publicKeyOpenssh: "",
      publicKeyFingerprintMd5: "",
      publicKeyFingerprintSha256: "",
    };
  const { type, blob } = opensshPublicKey(pair.publicKey);
  const digest = (hash: string) => createHash(hash).update(blob).digest();
  return {
    privateKeyOpenssh: opensshPrivateKey(pair.privateKey),
    publicKeyOpenssh: `${type} ${blob.toString("base64")}\n`,
    publicKeyFingerprintMd5: digest("md5").toString("hex").match(/../g)?.join(":"),
    publicKeyFingerprintSha256: `SHA256:${digest("sha256").toString("base64").replaceAll("=", "")}`,
  };
}

/** The official provider trims white space off the key's bytes as if they were a text. */
function idOf(key: KeyObject): string {
  const der = key.export({ format: "der", type: "spki" });
  const text = der.toString("latin1").replace(/[\t\n\v\f\r ]+$/, "");
  return createHash("sha1").update(text, "latin1").digest("hex");
}
