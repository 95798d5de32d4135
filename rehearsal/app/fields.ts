/** Checks of what a request's body holds. Errors name the field and never quote what was sent. */
import { HttpError } from "./http";

/** A text that is not empty; 422 for anything else. */
export function text(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "" || value.includes("\0")) {
    throw new HttpError(422, `${name} must be a text that is not empty`);
  }
  return value;
}

/** A text that is not empty, or `undefined` where the field is missing or null; 422 for anything else. */
export function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, name);
}

/** A number in a path; 404 for anything else, as for a row that is not there. */
export function rowNumber(value: string | undefined): number {
  if (!/^[1-9]\d{0,14}$/.test(value ?? "")) throw new HttpError(404, "Not Found");
  return Number(value);
}
