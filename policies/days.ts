const DATE = /^(\d{4}-\d{2}-\d{2})(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/;

/** The day of an RFC 3339 date in milliseconds; undefined for what is none, a 30th of February included. */
export function dayOf(text: string): number | undefined {
  const day = DATE.exec(text)?.[1];
  if (day === undefined || Number.isNaN(Date.parse(text))) return undefined;
  const parsed = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(parsed)) return undefined;
  return new Date(parsed).toISOString().startsWith(day) ? parsed : undefined;
}
