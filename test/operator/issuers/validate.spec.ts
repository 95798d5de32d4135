import assert from "node:assert/strict";
import type { SecretDeclaration } from "../../../components";
import { SecretText } from "../../../components/secret-text";
import { RekeyError } from "../../../operator/errors";
import { issuerPageOf } from "../../../operator/issuers";
import { ISSUERS_SETTING } from "../../../operator/issuers/settings";
import { Validation, preparedValidation } from "../../../operator/issuers/validate";
import { nextSteps } from "../../../operator/moves";
import { AT_REST } from "../../../components/rotation";
import { inventory } from "../../../stacks/inventory";
import { answering } from "./servers";
import { CANARY, issuedBy } from "./values";

function validate(
  secret: SecretDeclaration,
  value: string,
  url: string,
  wanted?: boolean,
): Promise<readonly Validation[]> {
  const config = { [ISSUERS_SETTING]: { [secret.issuer ?? "openai"]: url } };
  const check = preparedValidation([secret], config, wanted);
  return check(new Map([[secret.name, new SecretText(value)]]));
}

function error(code: string, exitCode: 1 | 2, words: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof RekeyError, String(thrown));
    assert.deepEqual([thrown.code, thrown.exitCode], [code, exitCode]);
    assert.match(thrown.message, words);
    assert.match(thrown.message, /ISSUED_KEY.*nothing was written/);
    const told = `${JSON.stringify(thrown)}${thrown.toText(100)}${String(thrown.stack)}`;
    assert.ok(!told.includes(CANARY), "the message quotes the value");
    return true;
  };
}

const NOWHERE = "http://127.0.0.1:9";

describe("operator/issuers: a new value before it is written", () => {
  const openai = issuedBy("openai");

  it("is accepted by its issuer", async () => {
    const [outcome] = await answering(200, {}, (url) => validate(openai, CANARY, url));
    assert.deepEqual(outcome, { secret: "ISSUED_KEY", outcome: "accepted", by: "OpenAI" });
  });

  for (const status of [401, 403])
    it(`is refused with exit code 2 where its issuer answers ${status}`, () =>
      answering(status, { error: { message: `no such key: ${CANARY}` } }, (url) =>
        assert.rejects(
          validate(openai, CANARY, url),
          error("refused-by-issuer", 2, /^OpenAI refuses/),
        ),
      ));

  for (const status of [302, 404, 429, 500, 503])
    it(`is left alone with exit code 1 where the answer is ${status}`, () =>
      answering(status, {}, (url) =>
        assert.rejects(validate(openai, CANARY, url), error("could-not-ask", 1, /^could not ask/)),
      ));

  it("is left alone with exit code 1 where nothing answers, and --no-validate is named as the way on", () =>
    assert.rejects(validate(openai, CANARY, NOWHERE), (thrown: unknown) => {
      assert.match((thrown as RekeyError).fix ?? "", /--no-validate/);
      return error("could-not-ask", 1, /ISSUED_KEY/)(thrown);
    }));

  it("is not asked about with --no-validate, and its outcome says so", async () => {
    const [outcome] = await validate(openai, CANARY, NOWHERE, false);
    assert.equal(outcome?.outcome, "not validated");
    const proxmox = await validate(issuedBy("proxmox"), CANARY, "no address", false);
    assert.equal(proxmox[0]?.outcome, "not validated");
  });

  it("is not asked about where no issuer is declared or it has no way to ask", async () => {
    const [flutterwave] = await validate(issuedBy("flutterwave"), CANARY, NOWHERE);
    assert.deepEqual(flutterwave?.by, "Flutterwave has no way to ask");
    const [unknown] = await validate(issuedBy(), CANARY, NOWHERE);
    assert.equal(unknown?.outcome, "not validated");
  });

  it("is refused without asking where it cannot be a key at all", async () => {
    const words = /none that OpenAI issues/;
    const value = `${CANARY} ${CANARY}`;
    await assert.rejects(validate(openai, value, NOWHERE), error("unfit-value", 2, words));
    const stripe = issuedBy("stripe", { parts: ["publishable", "secret"] });
    const pair = { publishable: `pk_test_${CANARY}`, secret: `sk_live_${CANARY}` };
    const mixed = validate(stripe, JSON.stringify(pair), NOWHERE);
    await assert.rejects(mixed, error("unfit-value", 2, /test mode/));
  });
});

describe("operator/issuers: the old value", () => {
  const planned = (secret: SecretDeclaration, move: "rotate" | "retire" | "withdraw" | "stage") => [
    { secret, move, from: AT_REST, to: AT_REST, interruption: "none" },
  ];

  it("is to be revoked at its issuer after the retirement: on the declared page, or the issuer's", () => {
    for (const move of ["rotate", "retire", "withdraw"] as const) {
      const last = nextSteps(planned(issuedBy("openai"), move), "prod").at(-1) ?? "";
      assert.match(last, /revoke the \w+ ISSUED_KEY: https:\/\/platform\.openai\.com\/api-keys$/);
    }
    const own = issuedBy("openai", { issuerPage: "the vault of keys" });
    assert.match(nextSteps(planned(own, "retire"), "prod").at(-1) ?? "", /the vault of keys$/);
    const steps = nextSteps(planned(issuedBy("openai"), "stage"), "prod").join("\n");
    assert.ok(!steps.includes("revoke"), steps);
    const generated = issuedBy(undefined, { source: "generated" });
    assert.deepEqual(nextSteps(planned(generated, "retire"), "prod"), ["rekey up -s prod"]);
  });

  it("is revoked on a page with an address where the issuer has one", () => {
    const pages = ["OPENROUTER_API_KEY", "GMAIL_CLIENT_SECRET"].map((name) => {
      const secret = inventory(["project"]).find((one) => one.name === name);
      assert.ok(secret);
      return nextSteps(planned(secret, "retire"), "prod").at(-1)?.split(": ").at(-1);
    });
    assert.deepEqual(pages, [
      "https://openrouter.ai/settings/keys",
      "https://console.cloud.google.com/apis/credentials",
    ]);
  });

  it("has a page for every externally issued secret of this project, whose parts fit its issuer", () => {
    const issued = inventory().filter(({ source }) => source === "external");
    for (const secret of issued.filter(({ movesWith }) => movesWith === undefined)) {
      assert.ok(issuerPageOf(secret), `${secret.name}: nobody knows where to revoke it`);
      const { issuer, parts } = secret;
      assert.ok(
        issuer === undefined || parts === undefined || parts.includes("secret"),
        secret.name,
      );
    }
  });
});
