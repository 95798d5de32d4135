import { z } from "zod";
import { SecretText } from "../../../components/secret-text";
import type { SecretVersion } from "../../../operator/google";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Gcp } from "./config";
import { defined, deleting, finding, type GcpContext, parseId, text } from "./shared";

const token = "gcp:secretmanager/secretVersion:SecretVersion";

const inputs = z
  .strictObject({
    deletionPolicy: z.enum(["DELETE", "DISABLE", "ABANDON", "PREVENT"]).optional(),
    enabled: z.boolean().optional(),
    isSecretDataBase64: z.boolean().optional(),
    secret: z.string().regex(/^projects\/[^/]+\/secrets\/[^/]+$/, {
      message: 'must be the id of a secret, "projects/<project>/secrets/<secret>"',
    }),
    secretData: text,
    secretDataWo: text,
    secretDataWoVersion: z.number().int().optional(),
  })
  .refine((value) => (value.secretData === undefined) !== (value.secretDataWo === undefined), {
    message: "exactly one of secretData and secretDataWo must be given",
  });

/**
 * One version of a secret. A change of the value makes a new version and deletes this one, which destroys
 * it unless `deletionPolicy` was `DISABLE` or `ABANDON` in the state before: the official behaviour.
 */
export const secretVersion: Resource<Gcp> = {
  token,
  inputs,
  defaults: { deletionPolicy: "DELETE", enabled: true, isSecretDataBase64: false },
  replaceOn: ["isSecretDataBase64", "secret", "secretData", "secretDataWoVersion"],
  // A write-only value is compared by its version number alone.
  normalize: (given) => ({ ...given, secretDataWo: undefined }),
  writeOnly: ["deletionPolicy", "isSecretDataBase64", "secretDataWo", "secretDataWoVersion"],
  secretOutputs: ["secretData", "secretDataWo"],
  computed: ["createTime", "destroyTime", "name", "version"],

  async create(given, context) {
    const { secretManager } = context.client.google;
    const value = new SecretText((given.secretData ?? given.secretDataWo) as string);
    const secret = given.secret as string;
    const added =
      given.isSecretDataBase64 === true
        ? await secretManager.addEncodedVersion(secret, value)
        : await secretManager.addVersion(secret, value);
    const live = given.enabled === false ? await secretManager.disableVersion(added.name) : added;
    return { id: live.name, outputs: outputs(live) };
  },

  async read(id, old, context) {
    const found = parseId(id, token, [
      {
        pattern: /^(?<secret>projects\/[^/]+\/secrets\/[^/]+)\/versions\/\d+$/,
        form: "projects/<project>/secrets/<secret>/versions/<number>",
      },
    ]);
    const live = await finding(() => context.client.google.secretManager.getVersion(id));
    // A destroyed version has no value left; the official provider treats it as gone.
    if (!live || live.state === "DESTROYED") return undefined;
    const enabled = live.state === "ENABLED";
    const base64 = old?.inputs.isSecretDataBase64 === true;
    const writeOnly = old?.inputs.secretDataWo !== undefined;
    const secretData = writeOnly
      ? undefined
      : enabled
        ? await value(id, base64, context)
        : old?.inputs.secretData;
    const read = defined({
      deletionPolicy: "DELETE",
      enabled,
      isSecretDataBase64: base64,
      secret: old?.inputs.secret ?? found.secret,
      secretData,
    });
    return { id, inputs: read, outputs: { ...outputs(live), enabled } };
  },

  async update(id, _old, wanted, context) {
    const { secretManager } = context.client.google;
    const live = await secretManager.getVersion(id);
    const enabled = live.state === "ENABLED";
    if (enabled === (wanted.enabled ?? true)) return outputs(live);
    return outputs(
      enabled ? await secretManager.disableVersion(id) : await secretManager.enableVersion(id),
    );
  },

  async delete(id, old, context) {
    const { secretManager } = context.client.google;
    switch (old.outputs.deletionPolicy) {
      case "PREVENT":
        throw new Error(
          `cannot delete ${id}: its deletionPolicy is "PREVENT"; set another one and run an update first`,
        );
      case "ABANDON":
        return;
      case "DISABLE":
        return deleting(() => secretManager.disableVersion(id));
      default:
        return deleting(() => secretManager.destroyVersion(id));
    }
  },
};

async function value(id: string, base64: boolean, context: GcpContext): Promise<string> {
  const { secretManager } = context.client.google;
  if (base64) return (await secretManager.accessEncodedVersion(id)).base64.reveal();
  return (await secretManager.accessVersion(id)).value.reveal();
}

function outputs(live: SecretVersion): Properties {
  return {
    name: live.name,
    version: live.name.slice(live.name.lastIndexOf("/") + 1),
    createTime: live.createTime ?? "",
    destroyTime: live.destroyTime ?? "",
  };
}
