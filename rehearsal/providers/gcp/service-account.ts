import { z } from "zod";
import { isAlreadyExists, type ServiceAccount } from "../../../operator/google";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Gcp } from "./config";
import {
  defined,
  deleting,
  deletionPolicy,
  finding,
  isAbandoned,
  parseId,
  projectOf,
  text,
} from "./shared";

const token = "gcp:serviceaccount/account:Account";

const inputs = z.strictObject({
  accountId: z.string(),
  createIgnoreAlreadyExists: z.boolean().optional(),
  deletionPolicy,
  description: text,
  disabled: z.boolean().optional(),
  displayName: text,
  project: text,
});

/** A service account: the identity that a service runs as. */
export const serviceAccount: Resource<Gcp> = {
  token,
  inputs,
  defaults: { deletionPolicy: "DELETE", disabled: false },
  autoName: "accountId",
  replaceOn: ["accountId", "project"],
  deleteBeforeReplace: (old, wanted) => old.accountId === wanted.accountId,
  serverFilled: ["project"],
  writeOnly: ["createIgnoreAlreadyExists", "deletionPolicy"],
  computed: ["uniqueId"],
  planned: (given, context) => {
    const project = projectOf(given, context);
    if (typeof given.accountId !== "string" || typeof project !== "string") return { project };
    const email = emailOf(given.accountId, project);
    const name = `projects/${project}/serviceAccounts/${email}`;
    return { project, email, name, member: `serviceAccount:${email}` };
  },

  async create(given, context) {
    const { iam } = context.client.google;
    const project = projectOf(given, context);
    const accountId = given.accountId as string;
    const { displayName, description } = given as Record<string, string | undefined>;
    const create = async () => {
      try {
        return await iam.createAccount(project, accountId, { displayName, description });
      } catch (error) {
        if (given.createIgnoreAlreadyExists !== true || !isAlreadyExists(error)) throw error;
        const email = emailOf(accountId, project);
        return iam.getAccount(`projects/${project}/serviceAccounts/${email}`);
      }
    };
    const live = await create();
    if (given.disabled === true) await iam.setAccountDisabled(live.name, true);
    return { id: live.name, outputs: outputs(live, project) };
  },

  async read(id, old, context) {
    const found = parseId(id, token, [
      {
        pattern: /^projects\/(?<project>[^/]+)\/serviceAccounts\/(?<email>[^/]+)$/,
        form: "projects/<project>/serviceAccounts/<email>",
      },
    ]);
    const live = await finding(() => context.client.google.iam.getAccount(id));
    if (!live) return undefined;
    const project = found.project === "-" ? (live.projectId ?? "") : (found.project ?? "");
    const read = defined({
      accountId: old?.inputs.accountId ?? live.email.split("@")[0],
      deletionPolicy: "DELETE",
      description: live.description,
      disabled: live.disabled ?? false,
      displayName: live.displayName,
      project,
    });
    return { id: live.name, inputs: read, outputs: outputs(live, project) };
  },

  async update(id, old, wanted, context) {
    const { iam } = context.client.google;
    const { displayName, description } = wanted as Record<string, string | undefined>;
    const mask = ["displayName", "description"].filter((one) => old.inputs[one] !== wanted[one]);
    if (mask.length > 0) {
      const texts = { displayName: displayName ?? "", description: description ?? "" };
      await iam.patchAccount(id, texts, mask);
    }
    if ((old.inputs.disabled ?? false) !== (wanted.disabled ?? false)) {
      await iam.setAccountDisabled(id, wanted.disabled === true);
    }
    return outputs(await iam.getAccount(id), projectOf(wanted, context));
  },

  async delete(id, old, context) {
    if (isAbandoned(old.outputs, id)) return;
    await deleting(() => context.client.google.iam.deleteAccount(id));
  },
};

function emailOf(accountId: string, project: string): string {
  return `${accountId}@${project}.iam.gserviceaccount.com`;
}

function outputs(live: ServiceAccount, project: string): Properties {
  return {
    email: live.email,
    member: `serviceAccount:${live.email}`,
    name: live.name,
    project,
    uniqueId: live.uniqueId ?? "",
  };
}
