import { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { takeConfiguration, takenMeanwhile } from "../configuration";
import { internal, overhear, remedy } from "./internal";

/**
 * Reads the stack's configuration from the message with which the engine sets a pack up: `PULUMI_CONFIG` has the values too but does
 * not say which are secret. Call it before the pack is served; safe to call again.
 */
export function listenForConfiguration(): void {
  overhear(internal.analyzer.configureStack, takeConfiguration);
}

/**
 * Proves, with a message as the engine sends it, that the configuration and its secret keys arrive. What was sent before stays.
 *
 * @throws Error when they do not. The pack then does not start and the engine refuses to go on.
 */
export function checkConfiguration(): void {
  const value = "a setting of the probe";
  const probe = new AnalyzerStackConfigureRequest();
  probe.getConfigMap().set("rekey:probe", value);
  probe.addConfigSecretKeys("rekey:probe");
  const bytes = Buffer.from(probe.serializeBinary());
  const taken = takenMeanwhile(
    () => void internal.analyzer.configureStack.requestDeserialize(bytes),
  );
  if (taken?.find(value)?.secret !== true)
    throw new Error(`The stack's configuration was lost on its way. ${remedy()}`);
}
