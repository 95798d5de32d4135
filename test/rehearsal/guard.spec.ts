import assert from "node:assert/strict";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { RekeyError } from "../../operator/errors";
import {
  rehearsalEnvironment,
  requireFreePort,
  requireLoopback,
  requireSpace,
} from "../../rehearsal/guard";

function refusal(code: string, path?: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RekeyError);
    assert.deepEqual([error.code, error.exitCode, error.path], [code, 2, path]);
    assert.ok(error.allowed && error.fix);
    return true;
  };
}

describe("rehearsal/guard", () => {
  const credentials = ["GOOGLE_APPLICATION_CREDENTIALS", "AWS_SESSION_TOKEN", "VAULT_TOKEN"];
  for (const name of [...credentials, "PULUMI_ACCESS_TOKEN"])
    it(`refuses ${name}, a credential of a real cloud, and does not quote it`, () => {
      assert.throws(
        () => rehearsalEnvironment({ PATH: "/bin", [name]: "canary-of-a-token" }),
        (error: RekeyError) => {
          assert.match(error.message, new RegExp(name));
          assert.ok(!`${error.message}${JSON.stringify(error)}`.includes("canary"));
          return refusal("cloud-credential")(error);
        },
      );
    });

  it("drops what would lead to a real cloud, and keeps the rest", () => {
    const env = rehearsalEnvironment({
      ...{ PATH: "/bin", HOME: "/home/example", VAULT_TOKEN: "" },
      ...{ AWS_PROFILE: "prod", KUBECONFIG: "/k", VAULT_ADDR: "https://vault.example.com" },
      ...{ PULUMI_BACKEND_URL: "s3://example", PGHOST: "db.example.com", DATABASE_URL: "x" },
    });
    assert.deepEqual(env, { PATH: "/bin", HOME: "/home/example" });
  });

  it("takes addresses of this machine only", () => {
    requireLoopback({ a: "http://127.0.0.1:8080", b: "http://[::1]:1", c: "http://127.9.9.9:1" });
    for (const address of [
      "http://198.51.100.7:1",
      "http://example.com",
      "http://127.0.0.1.example.com",
    ])
      assert.throws(() => requireLoopback({ google: address }), refusal("not-loopback"));
  });

  it("does not begin without the space that it needs", async () => {
    await requireSpace(tmpdir(), () => Promise.resolve({ bavail: 1_000_000, bsize: 4096 }));
    await assert.rejects(
      requireSpace("/a/folder", () => Promise.resolve({ bavail: 1000, bsize: 4096 })),
      (error: RekeyError) => {
        assert.match(error.message, /\/a\/folder has less than \d+ MB free/);
        return refusal("no-space", "TMPDIR")(error);
      },
    );
  });

  it("refuses a port on which something listens, with the option that chose it", async () => {
    await requireFreePort("--google-port", undefined);
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const address = server.address();
    assert.ok(address && typeof address === "object");
    try {
      const wrong = refusal("port-taken", "--google-port");
      await assert.rejects(requireFreePort("--google-port", address.port), wrong);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
    await requireFreePort("--google-port", address.port);
  });
});
