import { EXTERNAL } from "../../components/external";
import { SecretText } from "../../components/secret-text";
import { refuseTestValue } from "../../components/test-values";
import { RekeyError } from "../errors";
import { ExternalSettings, Intake, Taken, settingsWith } from "../external";
import type { OpenProject } from "../project";
import type { PlainMap } from "../yaml-text";
import { Clouds, askStore, openClouds } from "./clouds";
import type { Entry, Unclaimed } from "./entry";
import { openEntry } from "./open-entry";
import type { Stored } from "./stored";
import type { Target } from "./target";

/** A new value's generation and store. */
export interface Destination {
  readonly target: Target;
  readonly generation: number;
}

interface Opened extends Destination {
  readonly entry: Entry;
  readonly unclaimed: readonly Unclaimed[];
}

/** Stores that are open for the new values of one command. Close them in the end. */
export class OpenStores {
  readonly stored: Stored[] = [];
  /** By secret, the version that has its new value already. */
  readonly #found = new Map<string, string>();

  private constructor(
    private readonly entries: ReadonlyMap<string, Opened>,
    private readonly environment: string | undefined,
    private readonly clouds: Clouds,
  ) {}

  /**
   * Opens the stores and looks at each entry. Nothing is written.
   *
   * @throws RekeyError (exit 2) where an entry cannot take the generation; (exit 1) where its store does not answer.
   */
  static async open(open: OpenProject, destinations: readonly Destination[]): Promise<OpenStores> {
    const clouds = await openClouds(open);
    try {
      const entries = new Map<string, Opened>();
      for (const { target, generation } of destinations) {
        const entry = openEntry(target, open.file, clouds);
        const found = await askStore(() => entry.look(generation));
        const unclaimed = found.filter((one) => (one.generation ?? generation) === generation);
        entries.set(target.secret.name, { target, generation, entry, unclaimed });
      }
      const environment = open.file.config["rekey:environment"];
      return new OpenStores(
        entries,
        typeof environment === "string" ? environment : undefined,
        clouds,
      );
    } catch (error) {
      clouds.cloud.close();
      throw error;
    }
  }

  /**
   * Puts the values of an intake into their stores and gives the settings that refer to them. All that can be refused is refused before the first
   * write: a value that is live already, a version that an earlier run left with another value, and what `fits` throws at.
   *
   * @param fits is given the settings as they will be, but for the versions' names.
   */
  async settings(
    intake: Intake,
    fits: (settings: ExternalSettings) => unknown,
  ): Promise<ExternalSettings> {
    fits(await settingsWith({ ...intake, keep: (one) => this.claim(one) }));
    return settingsWith({ ...intake, keep: (one) => this.put(one) });
  }

  close(): void {
    this.clouds.cloud.close();
  }

  private async claim({ secret: { name }, slot, value }: Taken): Promise<PlainMap> {
    const opened = this.openedFor(name);
    const { entry, unclaimed } = opened;
    refuseTestValue(`${EXTERNAL}.${name}.${slot}`, name, value.reveal(), this.environment);
    for (const { version } of unclaimed)
      if (same(await askStore(() => entry.valueOf(version)), value)) this.#found.set(name, version);
    const left = unclaimed.filter((one) => one.left);
    if (!this.#found.has(name) && left.length > 0) throw otherValueLeft(opened, left);
    return referenceTo(opened.target, "…");
  }

  private async put({ secret: { name }, value }: Taken): Promise<PlainMap> {
    const { entry, target, generation } = this.openedFor(name);
    const found = this.#found.get(name);
    const version = found ?? (await askStore(() => entry.put(value, generation)));
    this.stored.push({
      ...{ secret: name, store: target.store, version },
      found: found !== undefined,
    });
    return referenceTo(target, version);
  }

  private openedFor(name: string): Opened {
    const opened = this.entries.get(name);
    if (opened === undefined) throw new Error(`no store was opened for ${name}`);
    return opened;
  }
}

/** What stands for a value in the settings file. */
function referenceTo({ intake }: Target, version: string): PlainMap {
  return intake ? { intake: version } : { version };
}

function same(one: SecretText, other: SecretText): boolean {
  return one.reveal() === other.reveal();
}

function otherValueLeft({ target, entry, generation }: Opened, left: readonly Unclaimed[]) {
  const commands = left.map(({ version }) => entry.byHand(version, generation));
  return new RekeyError({
    code: "left-behind",
    exitCode: 2,
    message: `${target.store} has ${left.length === 1 ? "a version" : "versions"} that neither the stack nor its settings know, with another value than this one: a run that was broken off put it there, or a person; nothing was written`,
    path: "--to-store",
    allowed: "the value that is there already, or an entry without such a version",
    fix: `run the command again with that value; or take it out of use with ${commands.join(" and ")}, have its issuer revoke that key, and run the command again`,
  });
}
