import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember";
import { Secret } from "@pulumi/gcp/secretmanager/secret";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion";
import { Service } from "@pulumi/gcp/cloudrunv2/service";
import { RandomPassword } from "@pulumi/random/randomPassword";

/** Resources that one system has. */
const RESOURCES_EACH = 5;

/** A program of so many resources: systems of a secret each, generated, stored, readable by one account, used by one service. */
export function program(resources: number): void {
  for (let system = 0; system < resources / RESOURCES_EACH; system++) {
    const name = `system-${system}`;
    const { result } = new RandomPassword(`${name}-password`, { length: 32 });
    const secret = new Secret(`${name}-secret`, {
      secretId: name,
      replication: { auto: {} },
      labels: { system: name },
    });
    new SecretVersion(`${name}-version`, {
      secret: secret.id,
      secretData: result,
      deletionPolicy: "DISABLE",
    });
    new SecretIamMember(`${name}-reader`, {
      secretId: secret.secretId,
      role: "roles/secretmanager.secretAccessor",
      member: `serviceAccount:${name}@example-project.iam.gserviceaccount.com`,
    });
    const envs = [
      { name: "PORT", value: "8080" },
      { name: "POSTGRES_USER", value: name },
      { name: "POSTGRES_PASSWORD", valueSource: { secretKeyRef: { secret: name, version: "1" } } },
    ];
    new Service(`${name}-service`, {
      location: "europe-west1",
      template: { containers: [{ image: `images.example.com/${name}:1.0.0`, envs }] },
    });
  }
}
