import {
  AnalyzeDiagnostic,
  AnalyzerInfo,
  EnforcementLevel,
  PolicyConfigSchema,
  PolicyInfo,
  PolicySeverity,
  PolicyType,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { schemaOf, tagsOf } from "../described";
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

/** The pack with its rules, as the engine lists them. */
export function infoOf({ name, version, description, rules }: Pack): AnalyzerInfo {
  const info = new AnalyzerInfo();
  info.setName(name);
  info.setVersion(version);
  info.setDescription(description);
  info.setSupportsconfig(true);
  info.setPoliciesList(rules.map(policyInfo));
  return info;
}

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
  const schema = new PolicyConfigSchema();
  schema.setProperties(
    Struct.fromJavaScript(schemaOf(rule) as Parameters<typeof Struct.fromJavaScript>[0]),
  );
  info.setConfigschema(schema);
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
