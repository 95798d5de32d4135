import assert from "node:assert/strict";
import fc from "fast-check";
import type { Issuer, SecretDeclaration } from "../../../components";
import { RekeyError } from "../../../operator/errors";
import { KNOWN_ISSUERS } from "../../../operator/issuers";
import type { Asking } from "../../../operator/issuers/issuer";
import { ISSUERS_SETTING, askingOf } from "../../../operator/issuers/settings";
import type { PlainMap } from "../../../operator/yaml-text";
import { CANARY, issuedBy } from "./values";

const SYSTEM = "rekey:example";

function asking(issuer: Issuer, config: PlainMap, more: Partial<SecretDeclaration> = {}): Asking {
  return askingOf(issuedBy(issuer, more), KNOWN_ISSUERS[issuer], config);
}

const withUrl = (url: string) => ({ [ISSUERS_SETTING]: { openai: url } });

function refused(path: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RekeyError);
    assert.deepEqual([error.code, error.exitCode, error.path], ["configuration", 2, path]);
    assert.ok(error.fix && error.allowed);
    assert.ok(!JSON.stringify(error).includes(CANARY), "the message quotes the setting");
    return true;
  };
}

describe("operator/issuers: where an issuer is asked", () => {
  it("is its own address unless the settings say otherwise", () => {
    assert.deepEqual(asking("openai", {}), { url: "https://api.openai.com", settings: {} });
    const local = "http://127.0.0.1:1234";
    assert.deepEqual(asking("openai", withUrl(`${local}/`)), { url: local, settings: {} });
  });

  it("takes the system's settings, then the issuer's, then the secret's own", () => {
    const [a, b, c] = ["https://a.example.com", "https://b.example.com", "https://c.example.com"];
    const bySystem = { [SYSTEM]: { proxmoxUrl: a, openaiUrl: b } };
    const proxmox = { tokenId: "u@pve!one" };
    const noAddress = { ...bySystem, [ISSUERS_SETTING]: { proxmox } };
    assert.deepEqual(asking("proxmox", noAddress), { url: a, settings: proxmox });
    const byIssuer = { ...bySystem, [ISSUERS_SETTING]: { proxmox: { ...proxmox, url: b } } };
    assert.deepEqual(asking("proxmox", byIssuer), { url: b, settings: proxmox });
    const issuers = { proxmox: { url: b }, ISSUED_KEY: { url: c, tokenId: "u@pve!two" } };
    assert.deepEqual(asking("proxmox", { ...bySystem, [ISSUERS_SETTING]: issuers }), {
      url: c,
      settings: { tokenId: "u@pve!two" },
    });
  });

  it("must say what an issuer cannot be asked without, unless the value brings it as a part", () => {
    const at = `${ISSUERS_SETTING}.proxmox`;
    assert.throws(() => asking("proxmox", {}), refused(`${at}.url`));
    const url = "https://pve.example.com:8006";
    const config = { [ISSUERS_SETTING]: { proxmox: url } };
    assert.throws(() => asking("proxmox", config), refused(`${at}.tokenId`));
    for (const part of ["id", "tokenId"]) {
      const parts = [part, "secret"];
      assert.deepEqual(asking("proxmox", config, { parts }), { url, settings: {} });
    }
    assert.throws(
      () => asking("google-oauth", {}),
      refused(`${ISSUERS_SETTING}.google-oauth.clientId`),
    );
  });

  it("sends a key over https only, except to this machine", () => {
    const path = `${ISSUERS_SETTING}.openai.url`;
    for (const url of ["http://localhost:1", "http://[::1]:1", "http://127.9.9.9"])
      assert.equal(asking("openai", withUrl(url)).url, url);
    fc.assert(
      fc.property(fc.domain(), fc.constantFrom("http", "ftp", "ws"), (domain, scheme) => {
        assert.throws(() => asking("openai", withUrl(`${scheme}://${domain}`)), refused(path));
        const url = `https://${domain}:8443`;
        assert.equal(asking("openai", withUrl(url)).url, url);
      }),
      { numRuns: 50 },
    );
    const unusable = [
      "api.example.com",
      `https://u:${CANARY}@example.com`,
      `https://a.example/?k=${CANARY}`,
    ];
    for (const url of [...unusable, "http://127.0.0.1.example.com", "http://localhost.example.com"])
      assert.throws(() => asking("openai", withUrl(url)), refused(path));
  });

  const mistakes: Readonly<Record<string, [config: PlainMap, path: string]>> = {
    "a mistyped issuer": [{ [ISSUERS_SETTING]: { opanai: "https://a.example" } }, ".opanai"],
    "no map": [{ [ISSUERS_SETTING]: CANARY }, ""],
    "an encrypted map": [{ [ISSUERS_SETTING]: { secure: CANARY } }, ""],
    "an encrypted address": [
      { [ISSUERS_SETTING]: { openai: { url: { secure: CANARY } } } },
      ".openai.url",
    ],
    "a list": [{ [ISSUERS_SETTING]: { openai: [CANARY] } }, ".openai"],
  };
  for (const [what, [config, path]] of Object.entries(mistakes))
    it(`is refused for ${what}`, () => {
      assert.throws(() => asking("openai", config), refused(`${ISSUERS_SETTING}${path}`));
    });
});
