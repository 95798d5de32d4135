/**
 * IAM policies of every resource of the fake, with the etags, members and roles checked as the real service checks them,
 * and the answer to the only question that matters: may this member do that?
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";

import { conditionHolds } from "./conditions";
import { aborted, invalid } from "./errors";
import { grants } from "./roles";
import type { Route } from "./router";
import { policyBody } from "./validation";
import type { WriteLog } from "./writes";

/** Key of the project's own policy in a `PolicyStore`. */
export const PROJECT_POLICY = "project";

/** A policy as `setIamPolicy` takes it. */
export type PolicyInput = z.output<typeof policyBody>;
type Binding = PolicyInput["bindings"][number];

/** A policy as `getIamPolicy` answers it; without bindings the field is absent, as in the real answers. */
export interface Policy {
  version?: number;
  etag: string;
  bindings?: Binding[];
  auditConfigs?: unknown[];
}

/** Etag of a resource whose policy was never set, as the real service gives it. */
const NEVER_SET = "ACAB";

const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(user|group|domain|serviceAccount|principal|principalSet|projectOwner|projectEditor|projectViewer):\S+|deleted:\w+:\S+\?uid=\d+)$/;

/** Policies by key: `project`, `secrets/<id>`, `serviceAccounts/<email>`, `run/<kind>/<id>`. Each service chooses its keys. */
export class PolicyStore {
  private readonly byKey = new Map<string, Policy>();

  /** @param accountExists answers whether an email names a service account of this project; foreign ones always exist. */
  constructor(private readonly accountExists: (email: string) => boolean) {}

  /** The policy of a resource; an empty one when it was never set. */
  get(key: string): Policy {
    return structuredClone(this.byKey.get(key) ?? { etag: NEVER_SET });
  }

  /**
   * Replaces a policy. Throws 409 ABORTED when `etag` is given and not the current one, 400 for a member, role or condition
   * that the real service would refuse, and for a condition that the fake cannot evaluate.
   */
  set(key: string, input: PolicyInput): Policy {
    const current = this.get(key);
    if (input.etag !== undefined && input.etag !== "" && input.etag !== current.etag) {
      throw aborted(
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. " +
          `The request's ETag '${input.etag}' did not match the current policy's ETag '${current.etag}'.`,
      );
    }
    const bindings = input.bindings.filter((binding) => binding.members.length > 0);
    for (const binding of bindings) this.check(binding, input.version ?? 1);
    const policy: Policy = {
      version: bindings.some((binding) => binding.condition) ? 3 : 1,
      etag: `Bw${randomBytes(7).toString("base64url")}=`,
      ...(bindings.length > 0 ? { bindings: structuredClone(bindings) } : {}),
      ...(input.auditConfigs ? { auditConfigs: input.auditConfigs } : {}),
    };
    this.byKey.set(key, policy);
    return this.get(key);
  }

  /** Forgets the policy of a deleted resource. */
  remove(key: string): void {
    this.byKey.delete(key);
  }

  /** Marks a deleted service account in every binding, as the real service does; it grants nothing any more. */
  accountDeleted(email: string, uniqueId: string): void {
    const old = `serviceAccount:${email}`;
    for (const policy of this.byKey.values()) {
      for (const binding of policy.bindings ?? []) {
        binding.members = binding.members.map((member) =>
          member === old ? `deleted:${old}?uid=${uniqueId}` : member,
        );
      }
    }
  }

  /** True when the policy of one of the keys, or of the project, gives the permission to the member now. */
  allows(member: string, permission: string, ...keys: string[]): boolean {
    return [PROJECT_POLICY, ...keys].some((key) =>
      (this.byKey.get(key)?.bindings ?? []).some(
        (binding) =>
          (binding.members.includes(member) || binding.members.includes("allUsers")) &&
          grants(binding.role, permission) &&
          (binding.condition === undefined || conditionHolds(binding.condition.expression)),
      ),
    );
  }

  private check(binding: Binding, version: number): void {
    if (!/^(roles\/|(projects|organizations)\/[^/]+\/roles\/)[\w.]+$/.test(binding.role)) {
      throw invalid(`Role (${binding.role}) does not exist in the resource's hierarchy.`);
    }
    for (const member of binding.members) {
      if (!MEMBER.test(member)) {
        throw invalid(`Invalid member: the member (${member}) is of an unknown type.`);
      }
      const email = /^serviceAccount:(.+)$/.exec(member)?.[1];
      if (email !== undefined && !this.accountExists(email)) {
        throw invalid(`Service account ${email} does not exist.`);
      }
    }
    if (!binding.condition) return;
    if (version < 3) {
      throw invalid("Policies with conditions require a policy version of 3 or later.");
    }
    // Evaluated once here, so that a condition that the fake does not know is refused when it is set.
    conditionHolds(binding.condition.expression);
  }
}

/** How a resource's policy is reached over HTTP. */
export interface PolicyRoutesOptions {
  readonly service: string;
  /** Template of the resource, for instance `/v1/projects/{project}/secrets/{secret}`. */
  readonly path: string;
  /** GET (Secret Manager, Cloud Run) or POST (IAM, Resource Manager). */
  readonly read: "GET" | "POST";
  /** Checks that the resource exists (throws 404) and answers the key of its policy. */
  readonly key: (params: Readonly<Record<string, string>>) => string;
}

const readBody = z.strictObject({
  options: z.strictObject({ requestedPolicyVersion: z.number().int().optional() }).optional(),
});
const setBody = z.strictObject({ policy: policyBody, updateMask: z.string().optional() });

/** `getIamPolicy` and `setIamPolicy` of one kind of resource; each change counts as a write of kind `iamPolicy.set`. */
export function policyRoutes(
  ctx: { readonly policies: PolicyStore; readonly writes: WriteLog },
  { service, path, read, key }: PolicyRoutesOptions,
): Route[] {
  return [
    {
      service,
      method: read,
      path: `${path}:getIamPolicy`,
      query: ["options.requestedPolicyVersion"],
      ...(read === "POST" ? { body: readBody } : {}),
      permission: `${service}.getIamPolicy`,
      handler: ({ params }) => ctx.policies.get(key(params)),
    },
    {
      service,
      method: "POST",
      path: `${path}:setIamPolicy`,
      body: setBody,
      handler: ({ params, body }) => {
        const at = key(params);
        const policy = ctx.policies.set(at, (body as z.output<typeof setBody>).policy);
        ctx.writes.record("iamPolicy.set", at);
        return policy;
      },
    },
  ];
}
