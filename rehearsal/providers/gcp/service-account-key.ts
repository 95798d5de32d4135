import { z } from "zod";
import type { ServiceAccountKey } from "../../../operator/google";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Gcp } from "./config";
import { deleting, deletionPolicy, finding, isAbandoned, stringMap, text } from "./shared";

const token = "gcp:serviceaccount/key:Key";

const inputs = z
  .strictObject({
    deletionPolicy,
    keepers: stringMap,
    keyAlgorithm: text,
    privateKeyType: text,
    publicKeyData: text,
    publicKeyType: text,
    serviceAccountId: z.string(),
  })
  .refine((value) => value.publicKeyData === undefined || value.privateKeyType === undefined, {
    message: "publicKeyData and privateKeyType exclude each other",
  });

/** A key of a service account. Its private half is known to the state alone; nothing changes in place. */
export const serviceAccountKey: Resource<Gcp> = {
  token,
  inputs,
  defaults: {
    deletionPolicy: "DELETE",
    keyAlgorithm: "KEY_ALG_RSA_2048",
    publicKeyType: "TYPE_X509_PEM_FILE",
  },
  replaceOn: [
    "keepers",
    "keyAlgorithm",
    "privateKeyType",
    "publicKeyData",
    "publicKeyType",
    "serviceAccountId",
  ],
  secretOutputs: ["privateKey"],
  computed: ["name", "privateKey", "publicKey", "validAfter", "validBefore"],

  async create(given, context) {
    const { iam } = context.client.google;
    const account = accountName(given.serviceAccountId as string);
    const wanted = {
      keyAlgorithm: given.keyAlgorithm as string,
      privateKeyType: given.privateKeyType as string | undefined,
    };
    const uploaded = given.publicKeyData as string | undefined;
    const made = uploaded === undefined ? await iam.createKey(account, wanted) : undefined;
    const created = made ?? (await iam.uploadKey(account, uploaded ?? ""));
    const privateKey = made?.privateKeyData.reveal() ?? "";
    const live = await iam.getKey(created.name, given.publicKeyType as string);
    return { id: created.name, outputs: { ...outputs(live), privateKey } };
  },

  async read(id, old, context) {
    if (!old)
      throw new Error(`${token} cannot be imported: nobody but its maker has the private key`);
    const type = old.inputs.publicKeyType as string;
    const live = await finding(() => context.client.google.iam.getKey(id, type));
    if (!live) return undefined;
    const { privateKey } = old.outputs;
    return { id, inputs: old.inputs, outputs: { ...outputs(live), privateKey } };
  },

  // Only the deletion policy gets here, and that is a matter of the state.
  update: (_id, old) => {
    const { name, privateKey, publicKey, validAfter, validBefore } = old.outputs;
    return Promise.resolve({ name, privateKey, publicKey, validAfter, validBefore });
  },

  async delete(id, old, context) {
    if (isAbandoned(old.outputs, id)) return;
    await deleting(() => context.client.google.iam.deleteKey(id));
  },
};

function accountName(account: string): string {
  return account.includes("/") ? account : `projects/-/serviceAccounts/${account}`;
}

function outputs(live: ServiceAccountKey): Properties {
  return {
    name: live.name,
    publicKey: live.publicKeyData ?? "",
    validAfter: live.validAfterTime ?? "",
    validBefore: live.validBeforeTime ?? "",
  };
}
