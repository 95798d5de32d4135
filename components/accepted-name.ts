/** The variable that carries a live generation to those who accept many, beside the active one under the bare name. A name that consumers know. */
export function acceptedName(name: string, slot: string): string {
  return `${name}_ACCEPTED_${slot.toUpperCase()}`;
}
