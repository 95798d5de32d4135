import { ConfigurationError } from "../components/errors";
import { RekeyError } from "./errors";
import { Observed } from "./events";
import { GoogleApiError } from "./google";
import { Locked } from "./recovery";
import { Place, stackFile } from "./workspace";

/** What is known about a failed update. */
export interface Circumstances {
  readonly place: Place;
  readonly observed: Pick<Observed, "messages">;
  /** The mistake in the configuration that stopped the program. */
  readonly mistake: ConfigurationError | undefined;
}

interface Known {
  readonly sign: RegExp;
  readonly error: (place: Place) => RekeyError;
}

/** What the engine says, and what that means to an operator. Those with exit code 2 leave everything as it was. */
const KNOWN: readonly Known[] = [
  {
    sign: /incorrect passphrase/i,
    error: () =>
      new RekeyError({
        code: "wrong-passphrase",
        message: "the passphrase does not open this stack's secrets",
        exitCode: 2,
        path: "PULUMI_CONFIG_PASSPHRASE",
        allowed: "the passphrase that the stack was made with",
        fix: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
      }),
  },
  {
    sign: /passphrase must be set/i,
    error: () =>
      new RekeyError({
        code: "no-passphrase",
        message: "this stack's secrets are kept under a passphrase, and none is set",
        exitCode: 2,
        path: "PULUMI_CONFIG_PASSPHRASE",
        allowed: "the passphrase that the stack was made with",
        fix: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
      }),
  },
  {
    sign: /no stack named|failed to select stack|stack .* not found/i,
    error: (place) =>
      new RekeyError({
        code: "no-stack",
        message: `there is no stack named ${place.stack}`,
        exitCode: 2,
        allowed: "a stack of the backend that you are logged in to",
        fix: `pulumi stack ls, or pulumi stack init ${place.stack}`,
      }),
  },
  {
    sign: /currently locked by|Another update is currently in progress|ConcurrentUpdate/i,
    error: (place) =>
      new RekeyError({
        code: "locked",
        message: `another update of ${place.stack} is running`,
        exitCode: 1,
        fix: `wait for it; if it is known to be dead, pulumi cancel --stack ${place.stack}, then rekey up -s ${place.stack}`,
      }),
  },
  {
    sign: /error: .*(no resource plugin|could not load plugin|(download|install)\w* .*plugin|plugin.*(download|install))/i,
    error: (place) =>
      new RekeyError({
        code: "no-plugin",
        message:
          "a provider's plugin is neither on PATH nor kept from before, and it could not be downloaded; nothing was changed",
        exitCode: 2,
        path: "PATH",
        allowed:
          "executables named pulumi-resource-<provider> on PATH, or a machine that reaches the official downloads",
        fix: `put the plugins on PATH, or install them where downloads work (\`pulumi plugin install\`); then repeat the command for ${place.stack}`,
      }),
  },
  {
    sign: /ENOSPC|no space left on device/i,
    error: () =>
      new RekeyError({
        code: "no-space",
        message: "no space is left for the state",
        exitCode: 1,
        fix: "free some space, then run rekey up again: it converges",
      }),
  },
];

/** Turns whatever stopped an update into a message that says what mends it. Never quotes the engine's debug output. */
export function explain(error: unknown, { place, observed, mistake }: Circumstances): RekeyError {
  if (error instanceof RekeyError) return error;
  const configuration = mistake ?? (error instanceof ConfigurationError ? error : undefined);
  if (configuration) return RekeyError.from(configuration);
  if (error instanceof Locked) return lockedBy(error, place);
  if (error instanceof GoogleApiError)
    return new RekeyError({
      code: "cloud",
      message: error.message,
      exitCode: 1,
      fix: again(place),
    });
  const text = error instanceof Error ? error.message : String(error);
  const known = KNOWN.find(({ sign }) => sign.test(text));
  if (known) return known.error(place);
  return new RekeyError({
    code: killed(text) ? "engine-killed" : "update-failed",
    message: killed(text)
      ? "the engine was ended before the update was through"
      : `the update failed: ${firstReasons(observed, text)}`,
    exitCode: 1,
    fix: isOffAlready([...observed.messages, text]) ? onceMore(place) : again(place),
    cause: error,
  });
}

function lockedBy(error: Locked, place: Place): RekeyError {
  return new RekeyError({
    code: "locked",
    message: error.message,
    exitCode: 1,
    fix: `wait for it; if it is known to be dead, pulumi cancel --stack ${place.stack}, then rekey up -s ${place.stack}`,
  });
}

function again(place: Place): string {
  return `mend the cause, then rekey up -s ${place.stack}: it converges (settings: ${stackFile(place)})`;
}

/** AWS refuses to take a label off that is off already: somebody took it off by hand, or an update did and never heard the answer. */
function isOffAlready(texts: readonly string[]): boolean {
  return texts.some((text) => /UpdateSecretVersionStage[^\n]*InvalidParameterException/.test(text));
}

function onceMore(place: Place): string {
  return `the label is off already, and the state does not know: rekey up -s ${place.stack} once more reads it and goes on (settings: ${stackFile(place)})`;
}

function killed(text: string): boolean {
  return /was killed with SIG|was terminated|signal: killed/i.test(text);
}

/** What the engine says of every failed update, of one that was told to stop, or of every update with a policy pack. */
const NO_REASON = /^(update failed$|(preview|update) canceled$|using pulumi-analyzer-)/;
/** Where in the program a value failed: the lines of a stack. */
const STACK = /(\n\s*at [^\n]*)+\s*$/;

const OF_JWT_KEY = /rekey:index:JwtKey\$/;
const PUT_BACK = {
  record: "put the record back as it was",
  jwt: "put the record back as it was, or where its `algorithm` changed set `formerly`, the algorithm of old and the last generation that has it",
};

/** The engine's own advice is to lift the protection; what holds the value in use is protected for good reason. */
function withoutUnprotect(line: string): string {
  const at = line.search(/\n*(To unprotect|remove the .protect.|.*pulumi state unprotect)/i);
  if (at < 0) return line;
  return `${line.slice(0, at).trim()} (the generation in use is protected: ${PUT_BACK[OF_JWT_KEY.test(line) ? "jwt" : "record"]}, then \`rekey stage\` and \`rekey activate\`)`;
}

/** What the engine, the providers and the policies said; the closing line that repeats it is left out. */
function firstReasons({ messages }: Pick<Observed, "messages">, text: string): string {
  const reasons = [...new Set(messages)]
    .filter((line) => line !== "" && !NO_REASON.test(line))
    .map((line) => withoutUnprotect(line.replace(STACK, "")));
  if (reasons.length > 0) return reasons.slice(0, 5).join("; ");
  const lines = text.split("\n").filter((line) => line.startsWith("error: "));
  return (
    lines.map((line) => line.slice("error: ".length)).join("; ") || "the engine gave no reason"
  );
}
