import { z } from "zod";
import {
  type Grant,
  hasGrant,
  type Policy,
  withGrant,
  withoutGrant,
} from "../../../operator/google";
import type { Resource } from "../protocol/resource";
import { type Properties, UNKNOWN } from "../protocol/values";
import type { Gcp } from "./config";
import { defined, deleting, finding, type GcpContext, parseId, projectOf, text } from "./shared";

const condition = z
  .strictObject({ description: text, expression: z.string(), title: z.string() })
  .optional();

interface PolicyHolder {
  getIamPolicy(name: string): Promise<Policy>;
  modifyIamPolicy(name: string, edit: (policy: Policy) => Policy | undefined): Promise<Policy>;
}

/** What tells one kind of IAM member resource from another. */
interface Kind {
  token: string;
  shape: z.ZodRawShape;
  /** Inputs that name what is granted on. */
  parentInputs: readonly string[];
  /** The full name of what is granted on. */
  parent(inputs: Properties, context: GcpContext): string;
  /** The same, taken from a full name, as inputs and outputs spell it. */
  fromParent(parent: string): Properties;
  parentForm: string;
  parentPattern: string;
  api(context: GcpContext): PolicyHolder;
  normalize?: (inputs: Properties) => Properties;
}

/** One member in one role of one policy. Other members of the role are left alone. */
function member(kind: Kind): Resource<Gcp> {
  const idOf = (parent: string, grant: Grant) =>
    [parent, grant.role, grant.member, grant.condition?.title].filter(Boolean).join("/");
  return {
    token: kind.token,
    inputs: z.strictObject({ condition, member: z.string(), role: z.string(), ...kind.shape }),
    replaceOn: ["condition", "member", "role", ...kind.parentInputs],
    ...(kind.normalize ? { normalize: kind.normalize } : {}),
    serverFilled: ["project", "location"],
    computed: ["etag"],
    planned: (inputs, context) =>
      kind.parentInputs.some((input) => inputs[input] === UNKNOWN)
        ? {}
        : kind.fromParent(kind.parent(inputs, context)),

    async create(inputs, context) {
      const parent = kind.parent(inputs, context);
      const grant = grantOf(inputs);
      const policy = await kind
        .api(context)
        .modifyIamPolicy(parent, (current) => withGrant(current, grant));
      const outputs = { ...kind.fromParent(parent), etag: policy.etag ?? "" };
      return { id: idOf(parent, grant), outputs };
    },

    async read(id, old, context) {
      const found = old
        ? {
            parent: kind.parent({ ...old.inputs, ...old.outputs }, context),
            ...grantOf(old.inputs),
          }
        : parseImport(id, kind);
      const policy = await finding(() => kind.api(context).getIamPolicy(found.parent));
      const grant = grantOf({ ...found });
      if (!policy || !hasGrant(policy, grant)) return undefined;
      const place = kind.fromParent(found.parent);
      return {
        id: idOf(found.parent, grant),
        inputs: defined({ ...place, ...grant }),
        outputs: { ...place, etag: policy.etag ?? "" },
      };
    },

    async delete(_id, old, context) {
      const parent = kind.parent({ ...old.inputs, ...old.outputs }, context);
      const grant = grantOf(old.inputs);
      await deleting(() =>
        kind.api(context).modifyIamPolicy(parent, (current) => withoutGrant(current, grant)),
      );
    },
  };
}

function grantOf(inputs: Properties): Grant {
  return {
    role: inputs.role as string,
    member: inputs.member as string,
    ...(inputs.condition ? { condition: inputs.condition as NonNullable<Grant["condition"]> } : {}),
  };
}

function parseImport(id: string, kind: Kind): { parent: string; role: string; member: string } {
  const found = parseId(id, kind.token, [
    {
      pattern: new RegExp(`^(?<parent>${kind.parentPattern}) (?<role>\\S+) (?<member>\\S+)$`),
      form: `${kind.parentForm} <role> <member>`,
    },
  ]);
  return { parent: found.parent ?? "", role: found.role ?? "", member: found.member ?? "" };
}

const last = (name: unknown) => String(name).slice(String(name).lastIndexOf("/") + 1);
const step = (name: string, index: number) => name.split("/")[index] ?? "";

/** Who may use a secret. */
export const secretIamMember: Resource<Gcp> = member({
  token: "gcp:secretmanager/secretIamMember:SecretIamMember",
  shape: { project: text, secretId: z.string() },
  parentInputs: ["project", "secretId"],
  parent: (inputs, context) => {
    const id = inputs.secretId as string;
    return id.includes("/") ? id : `projects/${projectOf(inputs, context)}/secrets/${id}`;
  },
  fromParent: (parent) => ({ project: step(parent, 1), secretId: parent }),
  parentForm: "projects/<project>/secrets/<secret>",
  parentPattern: "projects/[^/]+/secrets/[^/ ]+",
  api: (context) => context.client.google.secretManager,
  // The id and the bare name of a secret mean the same.
  normalize: (inputs) =>
    typeof inputs.secretId === "string" ? { ...inputs, secretId: last(inputs.secretId) } : inputs,
});

/** Who may call a Cloud Run service. */
export const serviceIamMember: Resource<Gcp> = member({
  token: "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
  shape: { location: text, name: z.string(), project: text },
  parentInputs: ["location", "name", "project"],
  parent: (inputs, context) => {
    const name = inputs.name as string;
    if (name.includes("/")) return name;
    const location = (inputs.location as string | undefined) ?? context.client.region;
    if (!location) {
      throw new Error("the location of a ServiceIamMember is missing: set it, or gcp:region");
    }
    return `projects/${projectOf(inputs, context)}/locations/${location}/services/${name}`;
  },
  fromParent: (parent) => ({
    project: step(parent, 1),
    location: step(parent, 3),
    name: parent,
  }),
  parentForm: "projects/<project>/locations/<location>/services/<service>",
  parentPattern: "projects/[^/]+/locations/[^/]+/services/[^/ ]+",
  api: (context) => context.client.google.run,
  normalize: (inputs) =>
    typeof inputs.name === "string" ? { ...inputs, name: last(inputs.name) } : inputs,
});
