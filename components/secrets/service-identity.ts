import * as pulumi from "@pulumi/pulumi";
import { Account, Key } from "@pulumi/gcp/serviceaccount";
import { ConfigurationError } from "../errors";

/** A declared exception to keyless identity. */
export interface DeclaredKey {
  /** Why no keyless way serves; at least 10 characters. Its words may be edited: the key stays. */
  readonly reason: string;
  /** The day on which it must be gone, `YYYY-MM-DD`. A key is never prolonged: another day makes a new key. */
  readonly expires: string;
  /** Raise it by one for a new key: the old one is deleted after its consumers moved. 1 unless set. */
  readonly generation?: number;
}

/** Arguments of {@link ServiceIdentity}. */
export interface ServiceIdentityArgs {
  readonly project: string;
  /** The account's id, 6 to 30 characters. */
  readonly accountId: string;
  readonly displayName?: string;
  /** A key, only where nothing keyless serves. */
  readonly key?: DeclaredKey;
}

/**
 * The identity that a service runs as. Keyless: the platform hands out short-lived tokens and there is nothing to steal or rotate.
 * A key exists only where it is declared with a reason and an expiry.
 */
export class ServiceIdentity extends pulumi.ComponentResource {
  /** The account's address, for bindings. */
  readonly email: pulumi.Output<string>;
  /** The account as IAM names it: `serviceAccount:<email>`. */
  readonly member: pulumi.Output<string>;
  /** The key file, marked secret, where a key is declared. */
  readonly keyFile?: pulumi.Output<string>;

  constructor(name: string, args: ServiceIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    if (args.key) checkDeclaredKey(name, args.key);
    super("rekey:index:ServiceIdentity", name, {}, opts);
    const { project, accountId, displayName } = args;
    const account = new Account(
      `${name}-account`,
      { project, accountId, displayName },
      { parent: this },
    );
    this.email = account.email;
    this.member = pulumi.interpolate`serviceAccount:${account.email}`;
    if (args.key)
      this.keyFile = pulumi.secret(declaredKey(name, account, args.key, this).privateKey);
    this.registerOutputs({ email: this.email });
  }
}

function checkDeclaredKey(name: string, key: DeclaredKey): void {
  const path = `${name}.key`;
  if (key.reason.trim().length < 10)
    throw new ConfigurationError({
      path: `${path}.reason`,
      problem: "says too little",
      allowed: "why no keyless way serves, in at least 10 characters",
      fix: `state the reason, or remove ${path} and use the keyless identity`,
    });
  if (!isDay(key.expires))
    throw new ConfigurationError({
      path: `${path}.expires`,
      problem: "is no date",
      allowed: "a day as 'YYYY-MM-DD', in quotes",
      fix: `set ${path}.expires`,
    });
}

/** The 30th of February parses, as the 2nd of March: a day is one only if it survives the round trip. */
function isDay(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 10) === text;
}

function declaredKey(
  name: string,
  account: Account,
  key: DeclaredKey,
  parent: pulumi.Resource,
): Key {
  const generation = String(key.generation ?? 1);
  return new Key(
    `${name}-key`,
    {
      serviceAccountId: account.name,
      keepers: { generation, reason: key.reason, expires: key.expires },
    },
    { parent, ignoreChanges: ["keepers.reason"] },
  );
}
