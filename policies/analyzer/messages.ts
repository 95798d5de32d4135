import {
  AnalyzeDiagnostic,
  AnalyzerInfo,
  EnforcementLevel,
  PolicyInfo,
  PolicySeverity,
  PolicyType,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { BinaryWriter } from "google-protobuf";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { commonSchema, ownSchemaOf, tagsOf } from "../described";
import { Rule } from "../rule";

/** What the engine shows of a pack. */
export interface Pack {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly rules: readonly Rule[];
}

/** Something that was found, for the engine; the mark of the rule comes with it. */
export function diagnosticOf(
  { name, version }: Pack,
  rule: Rule,
  level: EnforcementLevel,
  message: string,
  urn: string,
): AnalyzeDiagnostic {
  const diagnostic = new AnalyzeDiagnostic();
  diagnostic.setPolicyname(rule.id);
  diagnostic.setPolicypackname(name);
  diagnostic.setPolicypackversion(version);
  diagnostic.setDescription(rule.description);
  diagnostic.setMessage(`${rule.description}\n${message}`);
  diagnostic.setEnforcementlevel(level);
  diagnostic.setSeverity(SEVERITIES[rule.severity]);
  diagnostic.setUrn(urn);
  return diagnostic;
}

/**
 * The pack with its rules, as the engine lists them: an `AnalyzerInfo`. The parts of a message may stand one after the other, so what is the
 * same for all rules is written once; an engine waits for this before it does anything else.
 */
export function infoOf({ name, version, description, rules }: Pack): Uint8Array {
  const info = new AnalyzerInfo();
  info.setName(name);
  info.setVersion(version);
  info.setDescription(description);
  info.setSupportsconfig(true);
  const common = structOf(commonSchema());
  const policies = rules.map((rule) => {
    const properties = within(FIELDS.properties, common, structOf(ownSchemaOf(rule)));
    const schema = within(FIELDS.configschema, properties);
    return within(FIELDS.policies, policyInfo(rule).serializeBinary(), schema);
  });
  return Buffer.concat([info.serializeBinary(), ...policies]);
}

/** The numbers of fields in `AnalyzerInfo`, `PolicyInfo` and `PolicyConfigSchema`. */
const FIELDS = { policies: 3, configschema: 6, properties: 1 };

function structOf(values: Record<string, unknown>): Uint8Array {
  return Struct.fromJavaScript(values as StructValues).serializeBinary();
}
type StructValues = Parameters<typeof Struct.fromJavaScript>[0];

/** A field that holds a message, given in parts. */
function within(field: number, ...message: Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeBytes(field, Buffer.concat(message));
  return writer.getResultBuffer();
}

/** Without its settings. */
function policyInfo(rule: Rule): PolicyInfo {
  const info = new PolicyInfo();
  const { POLICY_TYPE_RESOURCE, POLICY_TYPE_STACK } = PolicyType;
  info.setPolicyType(rule.check ? POLICY_TYPE_RESOURCE : POLICY_TYPE_STACK);
  info.setName(rule.id);
  info.setDisplayname(rule.title);
  info.setDescription(rule.description);
  info.setEnforcementlevel(levelOf(rule));
  info.setSeverity(SEVERITIES[rule.severity]);
  info.setTagsList(tagsOf(rule.frameworks));
  info.setRemediationSteps(rule.remediation);
  return info;
}

/** The level that a rule has of its own. */
export function levelOf({ enforcementLevel }: Pick<Rule, "enforcementLevel">): EnforcementLevel {
  const { ADVISORY, MANDATORY } = EnforcementLevel;
  return { advisory: ADVISORY, mandatory: MANDATORY }[enforcementLevel];
}

const SEVERITIES = {
  low: PolicySeverity.POLICY_SEVERITY_LOW,
  medium: PolicySeverity.POLICY_SEVERITY_MEDIUM,
  high: PolicySeverity.POLICY_SEVERITY_HIGH,
  critical: PolicySeverity.POLICY_SEVERITY_CRITICAL,
};
