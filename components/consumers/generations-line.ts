/** The variable by which a process, or a command that the engine runs, is told which generations it got. */
export const GENERATIONS = "REKEY_GENERATIONS";

/** The generations as one line of JSON in the order of names: the part of a preview that is known before any version is. */
export function generationsLine(generations: Readonly<Record<string, number>>): string {
  const names = Object.keys(generations).sort();
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, generations[name]])));
}
