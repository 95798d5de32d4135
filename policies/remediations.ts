import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { AnalyzeRequest, AnalyzerResourceOptions } from "@pulumi/pulumi/proto/analyzer_pb";
import { internal } from "./internal";

/**
 * Leaves the engine's question for a remediation unread: it asks for each resource before it has it checked, with all its properties, and
 * no rule here changes a resource. Only for a process that serves these rules alone; a pack with remediations of its own needs the
 * question.
 */
export function skipRemediations(): void {
  const nothing = new AnalyzeRequest();
  nothing.setOptions(new AnalyzerResourceOptions());
  nothing.setProperties(new Struct());
  internal.analyzer.remediate.requestDeserialize = () => nothing;
}
