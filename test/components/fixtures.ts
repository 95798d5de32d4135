import * as pulumi from "@pulumi/pulumi";
import {
  AT_REST,
  CredentialGeneration,
  RotationRecord,
  SecretGeneration,
  liveGenerations,
} from "../../components";
import { canary } from "../support/mock-answers";
import { Registered } from "../support/mocks";

/** One record for each situation that a secret with two slots can be in. */
export const RECORDS = {
  rest: AT_REST,
  staged: { generation: 2, active: "a", slots: { a: 1, b: 2 } },
  grace: { generation: 2, active: "b", slots: { a: 1, b: 2 }, at: "2026-01-31T12:00:00Z" },
  rotated: { generation: 2, active: "b", slots: { b: 2 } },
} as const satisfies Record<string, RotationRecord>;

/** Live generations with values of their own, as secrets hand them to stores and consumers. */
export function withValues(record: RotationRecord): SecretGeneration[] {
  return liveGenerations(record).map((live) => ({
    ...live,
    value: pulumi.secret(canary("value", live.generation)),
  }));
}

/** The same, with the user names of alternating users. */
export function withUsers(record: RotationRecord): CredentialGeneration[] {
  return withValues(record).map((live) => ({ ...live, username: `capanel_${live.slot}` }));
}

/** The options that decide what the engine may do to a resource. */
export function optionsOf({ protect, ignoreChanges, importId, beforeDelete }: Registered) {
  return { protect, ignoreChanges, importId, beforeDelete };
}

/** The options of a resource that has none. */
export const NO_OPTIONS = { protect: false, ignoreChanges: [], importId: "", beforeDelete: [] };
