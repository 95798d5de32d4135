import type { z } from "zod";
import type { Properties } from "./values";

/** What a resource's functions get beside their properties. */
export interface Context<Client> {
  /** What the provider's `configure` returned. */
  client: Client;
  /** The resource's name in the program. */
  name: string;
  /** Properties whose changes the program ignores (`ignoreChanges`); empty but in an update. */
  ignored: readonly string[];
  /** How long the call may take as the program has it (`customTimeouts`), in seconds; 0 where it says nothing. */
  timeoutSeconds: number;
  /** Ends waits when the engine cancels. */
  signal: AbortSignal;
  /** Shows a line to the user, with every secret input of the call cut out. */
  log(message: string): void;
}

/** A resource as the provider found or left it. */
export interface Live {
  id: string;
  outputs: Properties;
}

/** Old state of a resource. */
export interface Old {
  inputs: Properties;
  outputs: Properties;
}

/**
 * One kind of resource, declared as data plus four functions. The framework does the rest: validation,
 * defaults, detailed diffs, previews, secrets.
 */
export interface Resource<Client> {
  /** The type token, for instance `gcp:sql/user:User`. */
  token: string;
  /** Every input there is, strict at each level: an input that is not in here is an error. */
  inputs: z.ZodType;
  /** Values that absent inputs take, put into the inputs as the official provider does. */
  defaults?: Properties;
  /** The input that is filled from the resource's name when absent, as Pulumi's auto-naming does. */
  autoName?: string;
  /** Inputs whose change replaces the resource: paths, `[*]` for any index. */
  replaceOn?: readonly string[];
  /** Places below `replaceOn` that change in place all the same. */
  inPlace?: readonly string[];
  /** True when the replacement can only be made after the original is gone (one name, one place). */
  deleteBeforeReplace?: (old: Properties, wanted: Properties) => boolean;
  /** Inputs that the server fills in: absent from the program means 'as it is', never 'remove'. */
  serverFilled?: readonly string[];
  /** Inputs that no server tells: refresh keeps what the program said last. */
  writeOnly?: readonly string[];
  /** Inputs that are compared with what the state says is there, as bridged providers compare what the server may change by itself. */
  comparedToState?: readonly string[];
  /**
   * Outputs that follow from the inputs and that others may change as well, with what they should be. What the state has instead is a
   * change of its own, unless the program ignores it: so do bridged providers with `tagsAll`.
   */
  derived?: (inputs: Properties) => Properties;
  /** Lists in which order means nothing, with the key of their entries: `{ "envs": "name" }`. */
  keyedLists?: Readonly<Record<string, string>>;
  /**
   * An input that Check turns into another, as the official provider's does: from then on nobody sees the first, the state and policies included. The
   * places of secrets move with it. Left as it is while a part of it is not known.
   */
  turns?: { from: string; to: string; entry: (value: string) => string };
  /** Brings inputs that mean the same to one form before they are compared. */
  normalize?: (inputs: Properties) => Properties;
  /** Outputs that are always secret. */
  secretOutputs?: readonly string[];
  /** Those of them that hold nothing confidential, so that their words may stand in messages. */
  harmlessOutputs?: readonly string[];
  /** True when every computed output is secret as soon as any input is, because it may hold that input. */
  secretsFlow?: boolean;
  /** Outputs that nobody knows before the resource exists. */
  computed: readonly string[];
  /** Outputs that an update may change: unknown in its preview. Given the changed inputs. */
  computedOnUpdate?: (changed: readonly string[]) => readonly string[];
  /**
   * Outputs that a preview knows although the program did not write them (the default project, say).
   * Inputs may be `UNKNOWN` here, and only here.
   */
  planned?: (inputs: Properties, context: Context<Client>) => Properties;
  create(inputs: Properties, context: Context<Client>): Promise<Live>;
  /**
   * Looks the resource up. `old` is absent for an import, when `id` is what the user wrote. Returns
   * `undefined` when it is gone. `inputs` must hold every input that the server tells.
   */
  read(
    id: string,
    old: Old | undefined,
    context: Context<Client>,
  ): Promise<(Live & { inputs: Properties }) | undefined>;
  /** Changes it in place and returns the outputs. Absent where every input replaces. */
  update?(id: string, old: Old, wanted: Properties, context: Context<Client>): Promise<Properties>;
  delete(id: string, old: Old, context: Context<Client>): Promise<void>;
}

/** A function that a program can call: it reads, and changes nothing. */
export interface ProviderFunction<Client> {
  /** The token, for instance `aws:secretsmanager/getSecretVersions:getSecretVersions`. */
  token: string;
  /** Every argument there is, strict. */
  args: z.ZodType;
  /** Its answer. Nothing in it is marked secret, so it must hold no value. */
  call(args: Properties, client: Client): Promise<Properties>;
}

/** A provider: its configuration and its resources. */
export interface Provider<Client> {
  /** The package's name, for instance `gcp`. */
  name: string;
  /** The version of the official package that it stands in for. */
  version: string;
  /** Every configuration key there is, strict. Values arrive as strings, as the engine sends them. */
  config: z.ZodType;
  /** Makes the client that resources use. Throws with an explanation when it must not be used. */
  configure(config: Properties): Client;
  resources: readonly Resource<Client>[];
  /** Whether previews name each leaf that differs; true unless set. The bridge to Terraform's plugin framework names top-level inputs alone. */
  detailedDiffs?: boolean;
  /** None unless set. */
  functions?: readonly ProviderFunction<Client>[];
}

/**
 * Thrown by `create` or `update` when the resource exists but is not as wanted: the engine records
 * `live`, shows the reasons, and tries an update at the next `up`.
 */
export class PartialFailure extends Error {
  constructor(
    message: string,
    readonly live: Live,
  ) {
    super(message);
    this.name = "PartialFailure";
  }
}
