import assert from "node:assert/strict";
import { auditFilter, exposure } from "../../operator/audit";
import { CAPANEL_SECRETS } from "../../stacks/capanel/inventory";

const NOW = new Date("2026-03-01T00:00:00Z");
const named = (name: string) => CAPANEL_SECRETS.filter((secret) => secret.name === name);

describe("the audit filter", () => {
  it("covers reads of the secret, new keys of service accounts and changes of Cloud SQL users", () => {
    const window = exposure("2026-01-31", "2026-02-01T12:00:00Z", NOW);
    assert.equal(
      auditFilter(named("CLOUD_SQL_PASSWORD"), window),
      String.raw`timestamp>="2026-01-31T00:00:00Z" AND timestamp<"2026-02-01T12:00:00Z" AND (
  (protoPayload.serviceName="secretmanager.googleapis.com" AND protoPayload.methodName=~"SecretManagerService\.AccessSecretVersion$" AND protoPayload.resourceName=~"/secrets/(capanel-postgres-password)/versions/") OR
  (protoPayload.methodName=~"\.CreateServiceAccountKey$") OR
  (protoPayload.methodName=~"^cloudsql\.(instances\.connect|users\.(create|insert|update|delete))$")
)`,
    );
  });

  it("leaves Cloud SQL out where no secret is a user's, and has nothing for one outside of Google Cloud", () => {
    const window = exposure("2026-01-31", undefined, NOW);
    assert.ok(!auditFilter(named("SECRET_KEY"), window)?.includes("cloudsql"));
    assert.equal(auditFilter(named("POSTGRES_PASSWORD"), window), undefined);
  });

  it("lets no name act as a pattern or end the text", () => {
    const [secret] = named("SECRET_KEY");
    assert.ok(secret);
    const odd = { ...secret, stores: ['google-secret-manager:a"|.*'] };
    assert.match(
      auditFilter([odd], exposure("2026-01-31", undefined, NOW)) ?? "",
      /\(a\\\.\\\.\\\.\\\.\)/,
    );
  });

  it("refuses times that are none, lie ahead or are the wrong way round", () => {
    const wrong: [string, string | undefined][] = [
      ["2026-02-30", undefined],
      ["yesterday", undefined],
      ["2026-01-31T12:00:00+01:00", undefined],
      ["2027-01-01", undefined],
      ["2026-02-01", "2026-01-01"],
      ["2026-02-01", "2026-02-01"],
    ];
    for (const [since, until] of wrong)
      assert.throws(() => exposure(since, until, NOW), /--since|--until/);
  });
});
