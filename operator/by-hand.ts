import { programCredentials } from "../stacks/credentials";
import type { OpenProject } from "./project";
import type { Selection } from "./selection";
import { isPlainMap } from "./yaml-text";

const CREDENTIALS = "rekey:credentials";

/**
 * What a command that chooses by role, or chooses all, cannot move: the credentials of `rekey:credentials` that the role can read. One
 * line each that says how a person rotates it; none where secrets are chosen in another way.
 */
export function byHand(
  { file, systems, stack }: Pick<OpenProject, "file" | "systems" | "stack">,
  { readableBy, all }: Pick<Selection, "readableBy" | "all">,
): string[] {
  const set = file.config[CREDENTIALS];
  if ((readableBy === undefined && all !== true) || !isPlainMap(set)) return [];
  return programCredentials(systems)
    .filter(({ name }) => Object.hasOwn(set, name))
    .filter(({ readers }) => readableBy === undefined || readers.includes(readableBy))
    .map(
      ({ name, made }) =>
        `rotate by hand: ${CREDENTIALS}.${name}: ${made}, then \`pulumi config set --secret --path '${CREDENTIALS}.${name}' -s ${stack}\` with the new value on standard input`,
    );
}
