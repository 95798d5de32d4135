import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { settingLines } from "../../../operator/plan/lines";
import {
  carriedSettings,
  credentialsIn,
  plainCredentialFindings,
} from "../../../operator/plan/plain-settings";
import { parseStackFile } from "../../../operator/record-file";
import { ENVIRONMENTS } from "../../stacks/examples";

const CANARY = "vK8hT2mQ9xR4wZ7c";

function found(text: string) {
  const { config } = parseStackFile("Pulumi.prod.yaml", text);
  return plainCredentialFindings(credentialsIn(config), settingLines(text));
}

describe("plan: credentials in plain settings", () => {
  it("are errors at their lines, and never quoted", () => {
    const findings = found(
      [
        "config:",
        `  rekey:dbPassword: ${CANARY}`,
        "  rekey:capanel:",
        "    project: example-prod",
        `    apiKey: ${CANARY}`,
        `  example:address: postgres://app:${CANARY}@192.0.2.7/app`,
        "",
      ].join("\n"),
    );
    assert.deepEqual(
      findings.map(({ rule, level, line, path }) => `${level} ${rule} ${line} ${path}`),
      [
        "error plain-credential 2 rekey:dbPassword",
        "error plain-credential 5 rekey:capanel.apiKey",
        "error plain-credential 6 example:address",
      ],
    );
    assert.doesNotMatch(JSON.stringify(findings), new RegExp(CANARY));
    assert.match(findings[0]?.remedy ?? "", /pulumi config set --secret --path 'rekey:dbPassword'/);
  });

  it("are none where they are encrypted, at any depth", () => {
    const secure = "{ secure: v1:abcdefabcdef:ciphertextciphertext }";
    const text = `config:\n  rekey:dbPassword: ${secure}\n  rekey:credentials:\n    database: ${secure}\n`;
    assert.deepEqual(found(text), []);
  });

  for (const environment of ENVIRONMENTS)
    it(`are none in the committed example of ${environment}`, () => {
      const file = join(__dirname, `../../../Pulumi.${environment}.yaml`);
      assert.deepEqual(found(readFileSync(file, "utf8")), []);
    });
});

describe("plan: the settings of a change that a rehearsal takes over", () => {
  it("are the program's own plain ones: none of rekey, of a provider, and nothing encrypted", () => {
    const secure = { secure: "v1:abcdefabcdef:ciphertextciphertext" };
    const config = {
      "rekey:systems": ["capanel"],
      "gcp:project": "example-prod",
      "aws:endpoints": [{ iam: "https://example.com" }],
      "shop:dbPassword": CANARY,
      "shop:encrypted": secure,
      "shop:both": { open: "text", closed: secure },
      plain: "text",
    };
    assert.deepEqual(carriedSettings(config, ["gcp", "aws"]), {
      "shop:dbPassword": CANARY,
      "shop:both": { open: "text" },
      plain: "text",
    });
  });
});
