import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { tell } from "../notes";
import { settled } from "./postgres-admin";

const COUNTS = /^rekey-progress ([a-zA-Z0-9][a-zA-Z0-9._-]*)((?: [a-z]{1,32}=\d{1,15})+)$/;

/**
 * A hook that tells whoever runs the update the counts that a job printed last. Whatever else it printed stays on the host: the script hands on
 * no other line, and this hook tells none.
 */
export function progressHook(name: string): pulumi.ResourceHook {
  const told = async ({ newOutputs }: pulumi.ResourceHookArgs) => {
    const { stdout } = (newOutputs ?? {}) as { stdout?: unknown };
    const text: unknown = pulumi.Output.isInstance(stdout) ? await settled(stdout) : stdout;
    const [, service, counts] = COUNTS.exec(typeof text === "string" ? text.trim() : "") ?? [];
    if (service !== undefined) await tell(`job ${service}:${counts}`);
  };
  // The engine calls from outside the program's context, where a line would go to the console instead of to the engine.
  return new pulumi.ResourceHook(`${name}-told`, AsyncResource.bind(told));
}
