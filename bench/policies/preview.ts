/**
 * What the policy pack costs: the preview of a program of many resources with the pack against the same preview without it, on the real
 * engine with a fake provider. See bench/policies/README.md.
 */
import { Command, InvalidArgumentError } from "commander";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember";
import { Secret } from "@pulumi/gcp/secretmanager/secret";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion";
import { Service } from "@pulumi/gcp/cloudrunv2/service";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { Bench, openBench } from "../../test/policies/programs/preview";
import { median } from "../measure";

/** How much longer a preview may take with the pack. */
const LIMIT = 1.25;
/** Resources that one system of the program has. */
const RESOURCES_EACH = 5;

interface Options {
  readonly resources: number;
  readonly rounds: number;
}

/** Systems of a secret each: generated, stored, readable by one account, used by one service. */
function program(resources: number): void {
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

async function timed(bench: Bench, resources: number, pack: boolean): Promise<number> {
  const began = performance.now();
  const { failed, told, said } = await bench.run("preview", () => program(resources), {
    pack,
    known: true,
  });
  if (failed || told.length > 0) throw new Error(`the preview did not pass: ${said.slice(-400)}`);
  return performance.now() - began;
}

async function run({ resources, rounds }: Options): Promise<void> {
  const bench = await openBench();
  try {
    // Fills caches; not counted.
    await timed(bench, RESOURCES_EACH, true);
    const [without, ratios, withPack]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      // In turn and in changing order, so that what else the machine does meets both alike.
      const first = round % 2 === 1;
      const one = await timed(bench, resources, first);
      const other = await timed(bench, resources, !first);
      const [plain, checked] = first ? [other, one] : [one, other];
      without.push(plain);
      withPack.push(checked);
      ratios.push(checked / plain);
    }
    const ratio = median(ratios);
    const seconds = (times: readonly number[]) => `${(median(times) / 1000).toFixed(1)} s`;
    console.log(
      `${resources} resources: ${seconds(without)} without the pack, ${seconds(withPack)} with it`,
    );
    console.log(`${ratio.toFixed(2)} times (median of ${rounds}); at most ${LIMIT} is allowed`);
    if (ratio > LIMIT) process.exitCode = 1;
  } finally {
    bench.close();
  }
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("A whole number from 1 to 99999 is wanted.");
}

new Command("policies")
  .description("measure what the policy pack adds to a preview")
  .option("--resources <number>", "resources of the program", wholeNumber, 1000)
  .option("--rounds <number>", "previews of each kind", wholeNumber, 5)
  .action(run)
  .parse();
