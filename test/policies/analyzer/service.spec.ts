import assert from "node:assert/strict";
import {
  AnalyzeResponse,
  AnalyzerInfo,
  AnalyzerStackConfigureRequest,
  ConfigureAnalyzerRequest,
  EnforcementLevel,
  PolicyConfig,
  PolicySeverity,
  PolicyType,
  RemediateResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { rules } from "../../../policies/all-rules";
import { analyzer } from "../../../policies/analyzer/service";
import { Method } from "../../../policies/analyzer/transport";
import { stackConfiguration, takenMeanwhile } from "../../../policies/configuration";
import { at, textOf } from "../../../policies/leaves";
import { Rule } from "../../../policies/rule";
import { Declared, requestOf, secret, stackRequestOf, struct, unknown } from "../declared";
import { ruleThat } from "../probe";
import { analyze } from "../harness";

function pack(...served: Rule[]): Readonly<Record<string, Method>> {
  return analyzer({ name: "rekey", version: "1.2.3", description: "A pack.", rules: served });
}

const resource: Declared = { type: "a:b:C", properties: { password: "canary-hunter2" } };

function ask(methods: Readonly<Record<string, Method>>, declared = resource) {
  const answer = methods["Analyze"]!(requestOf(declared).serializeBinary());
  return AnalyzeResponse.deserializeBinary(answer).getDiagnosticsList();
}

describe("the pack's answers to the engine", () => {
  const finding = ruleThat(function* (_, { word }) {
    yield { path: [String(word)], detail: "it is there" };
  });

  it("tell a finding with its rule, resource, level and severity, and what mends it", () => {
    const [one, ...others] = ask(pack(finding));
    assert.deepEqual(others, []);
    assert.deepEqual(one?.toObject(), {
      policyname: "probe",
      policypackname: "rekey",
      policypackversion: "1.2.3",
      description: "A probe.",
      message: "A probe.\na:b:C 'sample' at seen: it is there. To mend it: nothing.",
      enforcementlevel: EnforcementLevel.MANDATORY,
      severity: PolicySeverity.POLICY_SEVERITY_HIGH,
      urn: "urn:pulumi:dev::example-project::a:b:C::sample",
    });
  });

  it("list every rule with its schema and what a reader wants to know of it", () => {
    const methods = pack(...rules);
    const info = AnalyzerInfo.deserializeBinary(methods["GetAnalyzerInfo"]!(new Uint8Array()));
    assert.deepEqual(
      [info.getName(), info.getVersion(), info.getDescription(), info.getSupportsconfig()],
      ["rekey", "1.2.3", "A pack.", true],
    );
    const listed = info.getPoliciesList();
    assert.deepEqual(
      listed.map((policy) => policy.getName()),
      rules.map(({ id }) => id),
    );
    for (const [index, policy] of listed.entries()) {
      const rule = rules[index]!;
      assert.equal(policy.getDisplayname(), rule.title);
      assert.equal(policy.getRemediationSteps(), rule.remediation);
      assert.ok(policy.getTagsList().length > 0);
      assert.equal(
        policy.getPolicyType(),
        rule.check ? PolicyType.POLICY_TYPE_RESOURCE : PolicyType.POLICY_TYPE_STACK,
      );
      const schema = policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {};
      assert.ok("suppressions" in schema && "at" in schema, rule.id);
    }
    const plugin = PluginInfo.deserializeBinary(methods["GetPluginInfo"]!(new Uint8Array()));
    assert.equal(plugin.getVersion(), "1.2.3");
  });

  for (const [configured, told] of [
    [EnforcementLevel.ADVISORY, EnforcementLevel.ADVISORY],
    [EnforcementLevel.MANDATORY, EnforcementLevel.MANDATORY],
    [EnforcementLevel.REMEDIATE, EnforcementLevel.MANDATORY],
    [EnforcementLevel.DISABLED, undefined],
  ] as const)
    it(`hold a rule as strictly as the engine has it configured: ${configured}`, () => {
      const methods = pack(finding);
      methods["Configure"]!(configuring(configured, { word: "there" }));
      const [one] = ask(methods);
      assert.equal(one?.getEnforcementlevel(), told);
      if (one) assert.match(one.getMessage(), / at there: /);
    });

  it("show a rule the marks of secrets and unknowns, wherever they are", async () => {
    const probe = ruleThat(function* ({ properties }) {
      const password = at(properties, "list", 0, "password");
      yield { path: ["seen"], detail: `${password?.kind} ${password?.secret}` };
    });
    const properties = { list: [{ password: secret(unknown) }] };
    const [one] = await analyze({ type: "a:b:C", properties }, probe);
    assert.match(one!.message, /'sample' at seen: unknown self\. /);
  });

  it("learn from the engine which settings are secret", () => {
    const request = new AnalyzerStackConfigureRequest();
    request.getConfigMap().set("example-project:key", "canary-hunter2");
    request.getConfigMap().set("example-project:size", "large");
    request.addConfigSecretKeys("example-project:key");
    const taken = takenMeanwhile(() => void pack()["ConfigureStack"]!(request.serializeBinary()));
    assert.deepEqual(taken?.find("canary-hunter2"), { secret: true, whole: true });
    assert.deepEqual(taken?.find("large"), { secret: false, whole: true });
  });

  it("let nothing pass before the stack's configuration was sent", () => {
    takenMeanwhile(() => {
      assert.throws(() => stackConfiguration(), /were not sent the stack's configuration/);
      assert.throws(() => ask(pack(finding)), /were not sent the stack's configuration/);
      assert.throws(
        () => pack(finding)["AnalyzeStack"]!(stackRequestOf([resource]).serializeBinary()),
        /were not sent the stack's configuration/,
      );
    });
  });

  it("stop the engine where a rule fails, without quoting what it was reading", () => {
    const failing = ruleThat(({ properties }) => {
      throw new Error(`cannot read ${textOf(at(properties, "password"))}`);
    });
    refuses(() => ask(pack(failing)), /Policy probe failed on a:b:C 'sample', so nothing passes/);
  });

  it("stop the engine where a rule's settings are wrong, and name them", () => {
    const methods = pack(finding);
    methods["Configure"]!(configuring(EnforcementLevel.MANDATORY, { word: 7, more: "canary" }));
    refuses(() => ask(methods), /configuration of policy probe is wrong at word, more/);
  });

  it("stop the engine where a message cannot be read, without quoting it", () => {
    const broken = Buffer.from([0x0a, 0xff, ...Buffer.from("canary-hunter2")]);
    for (const name of ["Analyze", "AnalyzeStack", "Configure", "ConfigureStack"])
      refuses(() => pack(finding)[name]!(broken), new RegExp(`failed at ${name}, so nothing`));
  });

  it("stop an engine that is too old to say what a program ignores", () => {
    const old = requestOf(resource);
    old.clearOptions();
    refuses(() => pack(finding)["Analyze"]!(old.serializeBinary()), /need a newer version/);
  });

  it("change nothing, whatever the resource", () => {
    const answer = pack(finding)["Remediate"]!(requestOf(resource).serializeBinary());
    assert.deepEqual(RemediateResponse.deserializeBinary(answer).getRemediationsList(), []);
  });
});

function configuring(level: EnforcementLevel, settings: Record<string, unknown>): Uint8Array {
  const own = new PolicyConfig();
  own.setEnforcementlevel(level);
  own.setProperties(struct(settings));
  const request = new ConfigureAnalyzerRequest();
  request.getPolicyconfigMap().set("probe", own);
  return request.serializeBinary();
}

function refuses(run: () => unknown, said: RegExp): void {
  assert.throws(run, (error: Error) => {
    assert.match(error.message, said);
    assert.doesNotMatch(`${error.message}${error.stack}`, /canary|hunter2/);
    return true;
  });
}
