/**
 * What a sensitive property is: `stored-value` is what a store keeps for others to read, `credential` is what a target accepts from
 * then on, `key-material` is what an issuer hands out.
 */
export type Sensitivity = "stored-value" | "credential" | "key-material";

/** A property that holds a secret, by the reviewed list below. */
export interface SensitiveProperty {
  readonly property: string;
  readonly holds: Sensitivity;
}

const stored = (...properties: string[]) => holds("stored-value", properties);
const credential = (...properties: string[]) => holds("credential", properties);
const material = (...properties: string[]) => holds("key-material", properties);

/**
 * The reviewed list: by resource type, the inputs and outputs that hold a secret. Write-only inputs (`…Wo`) belong here too: their
 * value still reaches the state's inputs.
 */
export const SENSITIVE: Readonly<Record<string, readonly SensitiveProperty[]>> = {
  "gcp:secretmanager/secretVersion:SecretVersion": stored("secretData", "secretDataWo"),
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": stored(
    "secretData",
    "secretDataWo",
  ),
  "gcp:sql/user:User": credential("password", "passwordWo"),
  "gcp:sql/databaseInstance:DatabaseInstance": credential("rootPassword", "rootPasswordWo"),
  "gcp:serviceaccount/key:Key": material("privateKey"),
  "gcp:storage/hmacKey:HmacKey": material("secret"),
  "aws:secretsmanager/secretVersion:SecretVersion": stored(
    "secretString",
    "secretBinary",
    "secretStringWo",
  ),
  "aws:rds/instance:Instance": credential("password", "passwordWo"),
  "aws:rds/cluster:Cluster": credential("masterPassword", "masterPasswordWo"),
  "aws:iam/accessKey:AccessKey": material("secret", "sesSmtpPasswordV4"),
  "vault:kv/secretV2:SecretV2": stored("dataJson", "dataJsonWo"),
  "vault:kv/secret:Secret": stored("dataJson"),
  "vault:generic/secret:Secret": stored("dataJson"),
  "postgresql:index/role:Role": credential("password", "passwordWo"),
  "random:index/randomPassword:RandomPassword": material("result", "bcryptHash"),
  "random:index/randomBytes:RandomBytes": material("base64", "hex"),
  "tls:index/privateKey:PrivateKey": material(
    "privateKeyPem",
    "privateKeyPemPkcs8",
    "privateKeyOpenssh",
  ),
};

/** The sensitive properties of a type, of one kind or of all. Empty for a type that is not on the list. */
export function sensitiveProperties(type: string, kind?: Sensitivity): readonly string[] {
  return (SENSITIVE[type] ?? [])
    .filter(({ holds }) => kind === undefined || holds === kind)
    .map(({ property }) => property);
}

/** The types that have a sensitive property of a kind. */
export function sensitiveTypes(kind: Sensitivity): string[] {
  return Object.keys(SENSITIVE).filter((type) => sensitiveProperties(type, kind).length > 0);
}

function holds(kind: Sensitivity, properties: readonly string[]): SensitiveProperty[] {
  return properties.map((property) => ({ property, holds: kind }));
}
