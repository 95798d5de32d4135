import {
  AnalyzeDiagnostic,
  AnalyzeResponse,
  AnalyzerStackConfigureRequest,
  ConfigureAnalyzerRequest,
  EnforcementLevel,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { takeConfiguration } from "../configuration";
import { inspectAlone, inspectStack } from "../inspected";
import { Part, Settled, concerns, judge, looksAt, settle } from "../judge";
import { Refusal } from "../refusal";
import { InspectedResource, Rule } from "../rule";
import { Looking } from "./looking";
import { Pack, diagnosticOf, infoOf, levelOf } from "./messages";
import { resourceIn, resourcesIn } from "./resources";
import { Method } from "./transport";

/** The service that the engine calls: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/analyzer.proto. */
export const SERVICE = "pulumirpc.Analyzer";

/** What the engine calls. */
export type Call =
  | "GetPluginInfo"
  | "GetAnalyzerInfo"
  | "ConfigureStack"
  | "Configure"
  | "Remediate"
  | "Analyze"
  | "AnalyzeStack";

/** How strictly a rule is held and with which settings. */
interface Configured {
  readonly level: EnforcementLevel;
  readonly settings: object;
}
/** A rule that is not switched off, as it is configured. */
interface Held extends Settled {
  readonly level: EnforcementLevel;
}

/**
 * The pack's side of the engine's calls. `Remediate` is answered unread: the engine asks it for every resource before it has it
 * analysed, with all its properties, and no rule here changes one. It is not refused as unknown, since what stands between engine and
 * pack, as the Node language host's proxy, need not pass that on.
 */
export function analyzer(pack: Pack): Readonly<Record<Call, Method>> {
  let configured: ReadonlyMap<string, Configured> = new Map();
  /** The rules that were asked for, as they are configured. */
  const held = new Map<Rule, Held>();
  const looking = { check: new Looking<Held>(), checkInStack: new Looking<Held>() };

  function lookingAt(part: Part, resource: InspectedResource): readonly Held[] {
    return looking[part].at(resource, () =>
      pack.rules
        .filter((rule) => rule[part] && concerns(rule, resource) && !isDisabled(rule))
        .map(heldTo)
        .filter(({ rule }) => looksAt(rule, resource.aspects)),
    );
  }

  function isDisabled({ id }: Rule): boolean {
    return configured.get(id)?.level === EnforcementLevel.DISABLED;
  }

  function heldTo(rule: Rule): Held {
    const known = held.get(rule);
    if (known) return known;
    const { level, settings } = configured.get(rule.id) ?? unconfigured(rule);
    const one = { ...settle(rule, settings), level };
    held.set(rule, one);
    return one;
  }

  function find(part: Part, resource: InspectedResource, found: AnalyzeDiagnostic[]): void {
    for (const one of lookingAt(part, resource))
      for (const message of judge(one, part, resource))
        found.push(diagnosticOf(pack, one.rule, one.level, message, resource.urn));
  }

  return refusing({
    GetPluginInfo: () => {
      const info = new PluginInfo();
      info.setVersion(pack.version);
      return info.serializeBinary();
    },
    GetAnalyzerInfo: () => infoOf(pack),
    ConfigureStack: (message) => {
      takeConfiguration(AnalyzerStackConfigureRequest.deserializeBinary(message));
      return NOTHING;
    },
    Configure: (message) => {
      const sent = ConfigureAnalyzerRequest.deserializeBinary(message).getPolicyconfigMap();
      configured = new Map(
        [...sent.entries()].map(([id, own]) => {
          const settings = own.getProperties()?.toJavaScript() ?? {};
          return [id, { level: heldLevel(own.getEnforcementlevel()), settings }];
        }),
      );
      held.clear();
      looking.check.clear();
      looking.checkInStack.clear();
      return NOTHING;
    },
    Remediate: () => NOTHING,
    Analyze: (message) => {
      const resource = inspectAlone(resourceIn(message));
      const found: AnalyzeDiagnostic[] = [];
      find("check", resource, found);
      return response(found);
    },
    AnalyzeStack: (message) => {
      const resources = inspectStack(resourcesIn(message));
      const found: AnalyzeDiagnostic[] = [];
      for (const resource of resources) find("checkInStack", resource, found);
      return response(found);
    },
  });
}

/** Whatever goes wrong, the engine is told in words that hold no value. */
function refusing<K extends string>(
  methods: Readonly<Record<K, Method>>,
): Readonly<Record<K, Method>> {
  const guarded = Object.entries<Method>(methods).map(([name, method]): [string, Method] => [
    name,
    (message) => {
      try {
        return method(message);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        throw new Refusal(`The policies failed at ${name}, so nothing passes.`, error);
      }
    },
  ]);
  return Object.fromEntries(guarded) as Record<K, Method>;
}

/** A message without fields: nothing to say, or nothing was found, as nearly always. */
const NOTHING = new Uint8Array();

function response(diagnostics: AnalyzeDiagnostic[]): Uint8Array {
  if (diagnostics.length === 0) return NOTHING;
  const answered = new AnalyzeResponse();
  answered.setDiagnosticsList(diagnostics);
  return answered.serializeBinary();
}

function unconfigured(rule: Rule): Configured {
  return { level: levelOf(rule), settings: {} };
}

/** What should be changed and cannot be is held back. */
function heldLevel(level: EnforcementLevel): EnforcementLevel {
  return level === EnforcementLevel.REMEDIATE ? EnforcementLevel.MANDATORY : level;
}
