import * as pulumi from "@pulumi/pulumi";

/** What an info line starts with that whoever runs the update is to keep; all others are the engine's own chatter. */
export const NOTE = "note: ";

/**
 * Tells whoever runs the update what came of something, such as how many connections drained: `rekey up` prints it and has it in its
 * document. Counts and names only, never a value. For hooks; call it in the program's context (`AsyncResource.bind`).
 */
export function tell(text: string): Promise<void> {
  return pulumi.log.info(`${NOTE}${text}`);
}
