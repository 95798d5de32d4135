import * as pulumi from "@pulumi/pulumi";
import { Configuration, readConfiguration } from "./configuration";
import { System } from "./inventory";

type Program = (configuration: Configuration) => Record<string, pulumi.Output<string>>;

/** Only the systems that a stack has are loaded: each brings its providers' packages. */
const PROGRAMS: Readonly<Record<System, () => Program>> = {
  capanel: () => (require("./capanel") as typeof import("./capanel")).capanel,
  "mgmt-vibe": () => (require("./mgmt-vibe") as typeof import("./mgmt-vibe")).mgmtVibe,
  proxpanel: () => (require("./proxpanel") as typeof import("./proxpanel")).proxpanel,
  project: () => (require("./project") as typeof import("./project")).project,
};

/** Declares the systems that `rekey:systems` names; returns the stack's outputs, none of them secret. */
export function program(): Record<string, pulumi.Output<string>> {
  const configuration = readConfiguration();
  return Object.fromEntries(
    configuration.systems.flatMap((system) => Object.entries(PROGRAMS[system]()(configuration))),
  );
}
