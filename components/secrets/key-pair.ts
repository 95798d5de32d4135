import * as pulumi from "@pulumi/pulumi";
import { PrivateKey, PrivateKeyArgs } from "@pulumi/tls/privateKey";
import { Adopted, SecretGeneration, guarded } from "../generations";
import { LiveGeneration } from "../rotation";
import { markedName } from "../test-values";

/** The inputs that shape a key. A change takes effect with a slot's next generation and never touches a live one. */
const SHAPE = ["algorithm", "ecdsaCurve", "rsaBits"] as const;

/** Which kind of key: what `PrivateKey` takes. */
export type KeyShape = Pick<PrivateKeyArgs, (typeof SHAPE)[number]>;

/** A live generation of a key that its users find by an id, beside what was made with it. */
export interface KeyGeneration extends SecretGeneration {
  /** `<short name>-g<generation>`, in dev with `dev-test-` in front. Plain data: it stands in tokens and beside ciphertexts. */
  readonly kid: string;
}

/** A key pair that runs already: its private half by the store's reference, its public half in clear. */
export interface AdoptedKeyPair extends Adopted {
  /** The public half; it is no secret. Verifiers need it as long as generation 1 lives. */
  readonly publicKey?: string;
}

/** The id of a generation's key. */
export function kidOf(
  short: string,
  { generation }: LiveGeneration,
  environment: string | undefined,
): string {
  return markedName(`${short}-g${generation}`, environment);
}

/**
 * The key pair of a live slot, named `<name>-<slot>`. `PrivateKey` has no keepers: the engine replaces it when the generation, its
 * replacement trigger, changes (engine 3.226 or later), and for nothing else.
 */
export function keyPair(
  name: string,
  live: LiveGeneration,
  shape: KeyShape,
  parent: pulumi.Resource,
): PrivateKey {
  return new PrivateKey(
    `${name}-${live.slot}`,
    shape,
    guarded(live, {
      parent,
      replacementTrigger: String(live.generation),
      ignoreChanges: [...SHAPE],
      additionalSecretOutputs: ["privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"],
    }),
  );
}
