import { readFileSync } from "node:fs";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember";
import { Secret } from "@pulumi/gcp/secretmanager/secret";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion";
import { Service } from "@pulumi/gcp/cloudrunv2/service";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { Bench, openBench } from "../../test/policies/programs/preview";
import { median } from "../measure";

/** How much longer a preview may take with the pack. */
export const LIMIT = 1.25;
/** Resources that one system of the program has. */
const RESOURCES_EACH = 5;

/** What previews with the pack cost against the same without it. Medians over the rounds. */
export interface Cost {
  /** Seconds on the clock without the pack and with it. */
  readonly seconds: Compared;
  /** Seconds of processor time, of the engine and all that it starts, and of the program; undefined where the system does not tell. */
  readonly processor: Compared | undefined;
}

/** Two medians, and the median of the ratios within a round, which is not the ratio of the medians. */
export interface Compared {
  readonly without: number;
  readonly withPack: number;
  readonly ratio: number;
}

/**
 * Previews a program of many resources with the pack and without it, in turn and in changing order, so that what else the machine does
 * meets both alike.
 *
 * @throws Error when a preview fails or the pack finds something: then it was no preview of this program.
 */
export async function costOf(resources: number, rounds: number): Promise<Cost> {
  const bench = await openBench();
  try {
    // Fills caches; not counted.
    await timed(bench, RESOURCES_EACH, true);
    const plain: Took[] = [];
    const checked: Took[] = [];
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 1;
      (first ? checked : plain).push(await timed(bench, resources, first));
      (first ? plain : checked).push(await timed(bench, resources, !first));
    }
    const processor = plain.every(({ cpu }) => cpu > 0)
      ? compared(plain, checked, "cpu")
      : undefined;
    return { seconds: compared(plain, checked, "wall"), processor };
  } finally {
    bench.close();
  }
}

/** Seconds on the clock and of processor time; the latter is 0 where the system does not tell. */
interface Took {
  readonly wall: number;
  readonly cpu: number;
}

async function timed(bench: Bench, resources: number, pack: boolean): Promise<Took> {
  const [began, cpu] = [performance.now(), processorSeconds()];
  const { failed, told, said } = await bench.run("preview", () => program(resources), {
    pack,
    known: true,
    // People preview on a command line. With events the engine tells of every resource which rules it passed, once more for its listener.
    events: false,
  });
  const took = { wall: (performance.now() - began) / 1000, cpu: processorSeconds() - cpu };
  if (failed || told.length > 0) throw new Error(`the preview did not pass: ${said.slice(-400)}`);
  return took;
}

function compared(plain: readonly Took[], checked: readonly Took[], what: keyof Took): Compared {
  return {
    without: median(plain.map((one) => one[what])),
    withPack: median(checked.map((one) => one[what])),
    ratio: median(checked.map((one, round) => one[what] / plain[round]![what])),
  };
}

/** Clock ticks a second in which Linux counts, whatever the kernel's own rate is. */
const TICKS = 100;

/** Processor time of this process and of the children that ended, with theirs; 0 where there is no /proc. */
function processorSeconds(): number {
  let text: string;
  try {
    text = readFileSync("/proc/self/stat", "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  // The command's name in parentheses may hold blanks; user, system and the children's times are fields 14 to 17.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
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
