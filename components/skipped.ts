/** What the record of a secret says once it was replaced in an emergency. */
export const SKIPPED = "grace and drain: emergency";
/** What it says of an older generation that went early to make room for the replacement. */
export const ROOM = "the rest of an older grace: emergency";
