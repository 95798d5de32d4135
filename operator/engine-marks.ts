/** The key by which the engine marks, in states and events, what is no plain value. */
export const MARK = "4dabf18193072939515e22adb298388d";
/** What stands under {@link MARK} of a secret. */
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a text that is not known yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
