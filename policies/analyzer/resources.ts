import { AnalyzerResourceOptions } from "@pulumi/pulumi/proto/analyzer_pb";
import { BinaryReader } from "google-protobuf";
import { sourcesIn } from "../dependencies";
import { Facts, StackFacts } from "../inspected";
import { propertiesOf } from "../leaves";
import { Refusal } from "../refusal";
import { readEntry, readFields, readStruct, readWithin } from "./wire";

/** The resource of an `AnalyzeRequest`: what a program gives, before anything happens to it. */
export function resourceIn(message: Uint8Array): Facts {
  const reader = new BinaryReader(message);
  return readResource(reader, (fields) => readFields(reader, fields));
}

/** The resources of an `AnalyzeStackRequest`: a whole stack, as it is at the end. */
export function resourcesIn(message: Uint8Array): StackFacts[] {
  const reader = new BinaryReader(message);
  const resources: StackFacts[] = [];
  readFields(reader, {
    1: () => resources.push(readResource(reader, (fields) => readWithin(reader, fields))),
  });
  return resources;
}

/**
 * An `AnalyzerResource`; an `AnalyzeRequest` has the same fields but for the last one.
 *
 * @throws Refusal for an engine that does not send a resource's options, as those before 2019 do.
 */
function readResource(
  reader: BinaryReader,
  read: (fields: Record<number, () => void>) => void,
): StackFacts {
  let [type, urn, name, provided] = ["", "", "", false];
  let properties: Record<string, unknown> = {};
  let options: AnalyzerResourceOptions | undefined;
  const dependencies: [string, string[]][] = [];
  read({
    1: () => (type = reader.readString()),
    2: () => (properties = readStruct(reader)),
    3: () => (urn = reader.readString()),
    4: () => (name = reader.readString()),
    5: () => {
      options = new AnalyzerResourceOptions();
      reader.readMessage(options, (one, from) =>
        AnalyzerResourceOptions.deserializeBinaryFromReader(one as AnalyzerResourceOptions, from),
      );
    },
    6: () => {
      provided = true;
      reader.skipField();
    },
    9: () => {
      const urns: string[] = [];
      const one = () => readWithin(reader, { 1: () => urns.push(reader.readString()) });
      dependencies.push([readEntry(reader, one), urns]);
    },
  });
  if (options === undefined)
    throw new Refusal("The policies need a newer version of the Pulumi CLI.");
  return {
    ...{ type, name, urn, provided },
    options: { ignoreChanges: options.getIgnorechangesList() },
    properties: propertiesOf(properties),
    sources: sourcesIn(dependencies),
  };
}
