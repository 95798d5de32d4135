import * as pulumi from "@pulumi/pulumi";
import { acceptedName } from "../../components/accepted-name";
import { SecretVariable, SshConnection } from "../../components/consumers/compose-host";
import { SecretGeneration, activeOf } from "../../components/generations";
import { Configuration } from "../configuration";
import { HostSettings } from "./settings";

/** The active value of a secret under a name. */
export function activeVariable(
  name: string,
  generations: readonly SecretGeneration[],
): SecretVariable {
  return { name, value: valueOf(name, activeOf(generations)) };
}

/**
 * The active value under the secret's name, and every live one under `<NAME>_ACCEPTED_<SLOT>`: an application that accepts many signs
 * with the first and verifies with all.
 */
export function acceptedVariables(
  name: string,
  generations: readonly SecretGeneration[],
): SecretVariable[] {
  return [
    activeVariable(name, generations),
    ...generations.map((live) => ({
      name: acceptedName(name, live.slot),
      value: valueOf(name, live),
    })),
  ];
}

/** A value that an env file can hold: one that the program sees. */
export function valueOf(name: string, live: SecretGeneration): pulumi.Output<string> {
  if (live.value) return live.value;
  throw new Error(
    `${name}: generation ${live.generation} stands in a store, and an env file needs its value`,
  );
}

/** How the host is reached, as the consumers take it. */
export function connectionOf(
  system: string,
  { credential }: Configuration,
  { address, port, user, hostKey }: HostSettings,
): SshConnection {
  return {
    host: address,
    port,
    user,
    privateKey: credential(`${system}-ssh-key`),
    ...(hostKey === undefined ? {} : { hostKey }),
  };
}
