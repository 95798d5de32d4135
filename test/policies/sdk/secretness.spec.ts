import assert from "node:assert/strict";
import { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { setStackConfiguration, stackConfiguration } from "../../../policies/configuration";
import { prepare } from "../../../policies/index";
import { internal } from "../../../policies/sdk/internal";
import { at, textOf } from "../../../policies/leaves";
import { checkSecretMarks, inspect } from "../../../policies/sdk/secretness";
import { secret, unknown } from "../declared";
import { ruleThat } from "../probe";
import { analyze } from "./harness";

describe("secretness", () => {
  before(() => setStackConfiguration(new Map(), new Set()));

  it("hands a rule the marks that the SDK drops", async () => {
    const probe = ruleThat(function* ({ properties }) {
      const password = at(properties, "list", 0, "password");
      yield { path: ["seen"], detail: `${password?.kind} ${password?.secret}` };
    });
    const properties = { list: [{ password: secret(unknown) }] };
    const violations = await analyze({ type: "a:b:C", properties }, probe);
    assert.match(
      violations[0]!.message,
      /a:b:C 'sample' at seen: unknown self\. To mend it: nothing\./,
    );
  });

  it("refuses properties whose marks nobody kept", async () => {
    await prepare();
    assert.throws(
      () => inspect({ password: "canary" }),
      /let nothing pass.*@pulumi\/policy 1\.21\.0/,
    );
  });

  it("refuses another version of the SDK and says how to get the right one", async () => {
    await prepare();
    const changeable = internal as { version: string };
    const { version } = changeable;
    changeable.version = "1.22.0";
    try {
      await assert.rejects(
        checkSecretMarks(),
        /Found @pulumi\/policy 1\.22\.0.*npm install --save-exact @pulumi\/policy@1\.21\.0/,
      );
    } finally {
      changeable.version = version;
    }
  });

  it("refuses an SDK that does not hand the marks through", async () => {
    await prepare();
    const kept = internal.deserialize.deserializeProperties;
    internal.deserialize.deserializeProperties = (struct) => struct.toJavaScript();
    try {
      await assert.rejects(checkSecretMarks());
    } finally {
      internal.deserialize.deserializeProperties = kept;
    }
  });

  it("stops the engine where a rule fails, without quoting what the rule was reading", async () => {
    const probe = ruleThat(({ properties }) => {
      throw new Error(`cannot read ${textOf(at(properties, "password"))}`);
    });
    const declared = { type: "a:b:C", properties: { password: "canary-hunter2" } };
    await assert.rejects(analyze(declared, probe), (error: Error) => {
      assert.match(error.message, /Policy probe failed on a:b:C 'sample', so nothing passes/);
      assert.doesNotMatch(`${error.message}${error.stack}`, /canary/);
      return true;
    });
  });

  it("learns from the engine which settings are secret", async () => {
    await prepare();
    const request = new AnalyzerStackConfigureRequest();
    request
      .getConfigMap()
      .set("example-project:key", "canary-hunter2")
      .set("example-project:size", "large");
    request.addConfigSecretKeys("example-project:key");
    AnalyzerService.configureStack.requestDeserialize(Buffer.from(request.serializeBinary()));
    assert.deepEqual(stackConfiguration().find("canary-hunter2"), { secret: true, whole: true });
    assert.deepEqual(stackConfiguration().find("large"), { secret: false, whole: true });
  });
});
