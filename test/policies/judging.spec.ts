import assert from "node:assert/strict";
import { isPasswordName, isPath, nameKind } from "../../policies/credential-names";
import {
  holdsAssignment,
  holdsKnownPassword,
  isDerived,
  isFilled,
  isLiteral,
} from "../../policies/judging";

describe("judging", () => {
  for (const text of [
    '{"password":"hunter2hunter"}',
    "db:\n  password: hunter2hunter",
    "FOO=\nDB_PASSWORD=hunter2hunter",
    "DB_PASSWORD=123456",
    "DB_PASSWORD='$ecret-hunter'",
    "DBPASS=hunter2",
    "dbpass: hunter2",
    '{"password":12345678}',
    'curl -H "Authorization: Bearer hunter2hunter" https://example.com',
    "DB_PASSWORD=hunter; export DB_PASSWORD",
  ])
    it(`finds the credential in ${JSON.stringify(text)}`, () =>
      assert.equal(holdsAssignment(text), true));

  for (const text of [
    "DB_PASSWORD=`cat /run/secrets/db`",
    'DB_PASSWORD="$(cat /run/secrets/db)"',
    'export DB_PASSWORD="$db_secret"',
    "password_authentication: no",
    "password_authentication: md5",
    "token: req.headers.token",
    "existingSecret: app-db",
    "imagePullSecrets: registry",
    "password: '{{ .Values.password }}'",
    'curl -H "Authorization: Bearer $TOKEN" https://example.com',
    '{"passwordPolicy":"strict","maxTokens":4096,"tokenTtl":"1h"}',
    "TOKENS=4096",
    '{"dependencies":{"js-tokens":"^8.0.2","minipass":"^5.0.0 || ^6.0.2"}}',
    '{"password":"Password","forgotPassword":"Did you forget it?","Your password":"geheim"}',
    "DB_PASSWORD=/run/secrets/db",
  ])
    it(`finds none in ${JSON.stringify(text)}`, () => assert.equal(holdsAssignment(text), false));

  it("finds default passwords within texts, but not tokens of the same words", () => {
    for (const text of ["DB_PASSWORD=changeme", '{"password":"changeme"}', "db:\n  pass: admin123"])
      assert.equal(holdsKnownPassword(text), true, text);
    for (const text of [
      "API_TOKEN=changeme",
      "DB_PASSWORD=${DB_PASSWORD:-changeme}",
      '{"password":"Password"}',
    ])
      assert.equal(holdsKnownPassword(text), false, text);
  });

  it("takes what only holds a place for a place, and what has more in it for a value", () => {
    for (const text of [
      "${DB_PASSWORD}",
      "$DB_PASSWORD",
      "$password",
      "{{ .Values.password }}",
      "$(DB_PASSWORD)",
      "<password>",
      "Bearer ${TOKEN}",
      "${USER}:${PASSWORD}",
    ])
      assert.equal(isFilled(text, "DB_PASSWORD") || isLiteral(text), false, text);
    for (const text of ["$hunter2hunter", "hunter${2", "a$(b", "x{{y", "pre-${A}", "$2b$10$abc"])
      assert.equal(isFilled(text, "DB_PASSWORD") && isLiteral(text), true, text);
  });

  it("takes a number for a password only where the name says so", () => {
    assert.equal(isFilled("123456", "DB_PASSWORD"), true);
    assert.equal(isFilled("123456", "TOKENS"), false);
    assert.equal(isFilled("1", "USE_PASSWORD"), false);
    assert.equal(isLiteral("123456"), true);
    assert.equal(isLiteral("changeme"), true);
  });

  it("knows the paths of files and entries", () => {
    for (const text of ["/run/secrets/db", "/a/b.json", "/prod/app/db-password"])
      assert.equal(isPath(text), true, text);
    for (const text of ["/hunter2/hunter2", "/hunter2", "hunter2/hunter2"])
      assert.equal(isPath(text), false, text);
  });

  it("tells what can be made of a generated value from words", () => {
    for (const text of [
      "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0$Y2xpZW50a2V5MTIzNDU2:c2VydmVya2V5MTIz",
      "9f86d081884c7d659a2feaa0c55ad015",
      '{"username":"app","password":"q7Zt1Lw0Xc9Vb2Nm8Kd4"}',
    ])
      assert.equal(isDerived(text), true, text);
    for (const text of ["hunter2hunter", "wise-cat", "a plain text of words", "12345678"])
      assert.equal(isDerived(text), false, text);
  });

  for (const [name, kind] of [
    ["DBPASS", "credential"],
    ["dbpass", "credential"],
    ["DB_PW", "credential"],
    ["MYSQLPWD", "credential"],
    ["secret", "credential"],
    ["IMAGE_REGISTRY_PASSWORD", "credential"],
    ["BYPASS", "other"],
    ["COMPASS", "other"],
    ["OLDPWD", "other"],
    ["PASSWORD_RESET_TEMPLATE", "other"],
    ["SECRET_SCANNING", "other"],
    ["password_authentication", "other"],
    ["existingSecret", "other"],
  ] as const)
    it(`calls the name ${name} ${kind}`, () => assert.equal(nameKind(name), kind));

  it("is done with long and tricky values in no time", () => {
    for (const part of [" ", "a ", "$", "{{", "%s", "<", "1.", "/a", "Basic "])
      holdsAssignment(JSON.stringify({ password: `A${part.repeat(250_000 / part.length)}` }));
  }).timeout(3000);

  it("knows which names are those of passwords", () => {
    for (const name of ["DB_PASSWORD", "dbpass", "masterUserPassword", "PGPASSWORD"])
      assert.equal(isPasswordName(name), true, name);
    for (const name of ["API_TOKEN", "PASSWORD_TTL", "bypass"])
      assert.equal(isPasswordName(name), false, name);
  });
});
