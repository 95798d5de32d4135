import { Configuration, recordOf } from "../configuration";

/** When the active generation became active, as the record says; nothing where it says nothing. */
export function rotatedAt({ records }: Configuration, name: string): { rotatedAt?: string } {
  const { at } = recordOf(records, name);
  return at === undefined ? {} : { rotatedAt: at };
}
