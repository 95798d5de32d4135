/** Where a new value was put. */
export interface Stored {
  readonly secret: string;
  /** `<kind>:<entry>`. */
  readonly store: string;
  /** As `rekey:external` names it. */
  readonly version: string;
  /** True where it was there already, put by a run that was broken off: nothing was written to the store now. */
  readonly found: boolean;
}

/** What became of a new value, for the line under a secret's move. */
export function storedInWords({ store, version, found }: Stored): string {
  const short = version.slice(Math.max(version.lastIndexOf("|"), version.lastIndexOf("/")) + 1);
  return found
    ? `its new value is in ${store} already, as version ${short}: nothing was written there`
    : `its new value is in ${store} as version ${short}, and in no file`;
}
