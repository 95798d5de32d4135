import { z } from "zod";

/** Arbitrary texts whose change makes a new value. */
export const keepers = z.record(z.string(), z.string()).optional();

/** An import's id that cannot be read; the id may be the secret itself, so it is not repeated. */
export function badImportId(token: string, form: string): Error {
  return new Error(`the id to import as ${token} must have the form ${form}`);
}
