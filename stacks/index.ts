import * as pulumi from "@pulumi/pulumi";
import { capanel } from "./capanel";
import { Configuration, readConfiguration } from "./configuration";
import { System } from "./inventory";

const PROGRAMS: Record<
  System,
  (configuration: Configuration) => Record<string, pulumi.Output<string>>
> = {
  capanel,
};

/** Declares the systems that `rekey:systems` names; returns the stack's outputs, none of them secret. */
export function program(): Record<string, pulumi.Output<string>> {
  const configuration = readConfiguration();
  return Object.fromEntries(
    configuration.systems.flatMap((system) => Object.entries(PROGRAMS[system](configuration))),
  );
}
