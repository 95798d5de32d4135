import type { SensitiveProperty, Sensitivity } from "./sensitive";

const stored = (...properties: string[]) => holds("stored-value", properties);
const credential = (...properties: string[]) => holds("credential", properties);
const material = (...properties: string[]) => holds("key-material", properties);

/**
 * The reviewed list: stores, whose values others read, and what the schemas at hand do not say. It goes before what they mark.
 */
export const REVIEWED: Readonly<Record<string, readonly SensitiveProperty[]>> = {
  // Stores
  "gcp:secretmanager/secretVersion:SecretVersion": stored("secretData", "secretDataWo"),
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": stored(
    "secretData",
    "secretDataWo",
  ),
  "gcp:composer/userWorkloadsSecret:UserWorkloadsSecret": stored("data"),
  "aws:secretsmanager/secretVersion:SecretVersion": stored(
    "secretString",
    "secretBinary",
    "secretStringWo",
  ),
  "vault:kv/secretV2:SecretV2": [...stored("dataJson", "dataJsonWo"), ...material("data")],
  "vault:kv/secret:Secret": [...stored("dataJson"), ...material("data")],
  "vault:generic/secret:Secret": [...stored("dataJson"), ...material("data")],
  "vault:generic/endpoint:Endpoint": stored("dataJson"),
  "kubernetes:core/v1:Secret": stored("data", "stringData"),
  "kubernetes:core/v1:SecretPatch": stored("data", "stringData"),
  "azure-native:keyvault:Secret": stored("properties.value"),
  "azure:keyvault/secret:Secret": stored("value", "valueWo"),
  "github:index/actionsSecret:ActionsSecret": stored("plaintextValue"),
  "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": stored("plaintextValue"),
  "github:index/actionsOrganizationSecret:ActionsOrganizationSecret": stored("plaintextValue"),
  "github:index/dependabotSecret:DependabotSecret": stored("plaintextValue"),
  "cloudflare:index/workersSecret:WorkersSecret": stored("secretText"),
  "docker:index/secret:Secret": stored("data"),
  // Targets
  "gcp:sql/user:User": credential("password", "passwordWo"),
  "gcp:sql/databaseInstance:DatabaseInstance": credential("rootPassword", "rootPasswordWo"),
  "aws:rds/instance:Instance": credential("password", "passwordWo"),
  "aws:rds/cluster:Cluster": credential("masterPassword", "masterPasswordWo"),
  "postgresql:index/role:Role": credential("password", "passwordWo"),
  "mysql:index/user:User": credential("plaintextPassword", "plaintextPasswordWo"),
  "mysql:index/userPassword:UserPassword": credential("plaintextPassword"),
  "mongodbatlas:index/databaseUser:DatabaseUser": credential("password"),
  "mssql:index/sqlLogin:SqlLogin": credential("password"),
  "aws:opensearch/domain:Domain": credential(
    "advancedSecurityOptions.masterUserOptions.masterUserPassword",
  ),
  "aws:mq/broker:Broker": credential("users.*.password"),
  "aws:dms/endpoint:Endpoint": credential("password"),
  "pulumi:providers:gcp": credential("accessToken", "credentials"),
  "pulumi:providers:aws": credential("secretKey", "token"),
  "pulumi:providers:azure-native": credential("clientSecret", "clientCertificatePassword"),
  "pulumi:providers:postgresql": credential("password"),
  "pulumi:providers:mysql": credential("password"),
  "pulumi:providers:vault": credential(
    "token",
    "authLogin.parameters.password",
    "authLogin.parameters.secret_id",
    "authLogin.parameters.jwt",
    "authLoginAws.awsSecretAccessKey",
    "authLoginAws.awsSessionToken",
    "authLoginAzure.jwt",
    "authLoginGcp.credentials",
    "authLoginGcp.jwt",
    "authLoginJwt.jwt",
    "authLoginRadius.password",
    "authLoginUserpass.password",
  ),
  "pulumi:providers:github": credential("token"),
  "pulumi:providers:cloudflare": credential("apiToken", "apiKey"),
  "pulumi:providers:docker": credential("registryAuth.*.password"),
  // Issuers
  "gcp:serviceaccount/key:Key": material("privateKey"),
  "gcp:storage/hmacKey:HmacKey": material("secret"),
  "aws:iam/accessKey:AccessKey": material("secret", "sesSmtpPasswordV4"),
  "random:index/randomPassword:RandomPassword": material("result", "bcryptHash"),
  "random:index/randomBytes:RandomBytes": material("base64", "hex"),
  "tls:index/privateKey:PrivateKey": material(
    "privateKeyPem",
    "privateKeyPemPkcs8",
    "privateKeyOpenssh",
  ),
};

/**
 * What a schema marks although no credential stands there: public halves, names and ids, free texts. A whole property name counts for
 * every type, `type#property` for one. What is structured is judged by the names inside it.
 */
export const NOT_CREDENTIALS: ReadonlySet<string> = new Set([
  // Public halves
  "caCertificatePem",
  "caPem",
  "certificate",
  "certificateChain",
  "certificatePem",
  "certificateWallet",
  "clientCert",
  "clientTlsCert",
  "clusterCaCertificate",
  "serverCaCert",
  "serverCaCerts",
  "tokenSigningPublicKeys",
  "verificationCertificatePem",
  "aws:iot/certificate:Certificate#publicKey",
  "gcp:sql/sslCert:SslCert#cert",
  // Names and ids
  "accessKey",
  "adminUsername",
  "bundleId",
  "clientId",
  "homeTenancyId",
  "identityTokenAudienceWo",
  "kmsEncryptionContext",
  "kmsKeyId",
  "leaseId",
  "platformPrincipal",
  "subscriptionId",
  "teamId",
  "tenantId",
  "tokenKeyId",
  "wrappingAccessor",
  "vault:rabbitMq/secretBackend:SecretBackend#username",
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration#token",
  "gcp:compute/caExternalAccountKey:CaExternalAccountKey#keyId",
  // Free texts: searched for credentials, not taken for one
  "additionalAuthenticatedData",
  "conninfo",
  "content",
  "customerGatewayConfiguration",
  "notes",
  "parameterData",
  "postAuthenticationLoginBanner",
  "preAuthenticationLoginBanner",
  "schema",
  "text",
  "gcp:runtimeconfig/variable:Variable#value",
  // What is sealed with a key is meant to stand in the program's neighbourhood; the plain text is judged as any other leaf
  "aws:ssm/parameter:Parameter#value",
  "aws:ssm/parameter:Parameter#valueWo",
  // Structured: judged by the names inside
  "airflowConfigurationOptions",
  "athenaProperties",
  "connection",
  "connectionProperties",
  "customerEncryption",
  "environmentVariables",
  "envs",
  "replicaConfiguration",
]);

function holds(kind: Sensitivity, properties: readonly string[]): SensitiveProperty[] {
  return properties.map((property) => ({ property, holds: kind }));
}
