import type { System } from "./inventory";

/** A credential of `rekey:credentials`: programs use it and no record moves it, so a person rotates it where it is made. */
export interface ProgramCredential {
  /** Its name under `rekey:credentials`. */
  readonly name: string;
  /** The roles of people who can read its value. */
  readonly readers: readonly string[];
  /** Where a new one is made, in words. */
  readonly made: string;
}

// Whoever runs the updates holds what opens the machine and its database.
const readers = ["operator"];

const key = (system: System): ProgramCredential => ({
  name: `${system}-ssh-key`,
  readers,
  made: "make a key pair, authorise it on the machine, and take the old one out there",
});

const administrator = (system: System): ProgramCredential => ({
  name: `${system}-database-admin`,
  readers,
  made: "set the administrator's new password in the database",
});

const CREDENTIALS: Readonly<Record<System, readonly ProgramCredential[]>> = {
  capanel: [],
  "mgmt-vibe": [key("mgmt-vibe"), administrator("mgmt-vibe")],
  proxpanel: [key("proxpanel"), administrator("proxpanel")],
  project: [administrator("project")],
};

/** The credentials that the programs of these systems use. */
export function programCredentials(systems: readonly System[]): readonly ProgramCredential[] {
  return systems.flatMap((system) => CREDENTIALS[system]);
}
