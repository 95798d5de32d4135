import * as z from "zod";
import { detect } from "../detectors";
import { credentialText } from "../judging";
import { textOf } from "../leaves";
import { plainCredentials } from "../plain-credentials";
import { originOf } from "../provenance";
import { Finding, InspectedResource, rule } from "../rule";

const settings = z.object({
  allowedSettings: z
    .array(z.string())
    .default([])
    .describe(
      "Full keys of settings that hold no credential, whatever they look like: `example-project:demoToken`.",
    ),
});

/** No setting in plain text is a credential: the stack's file is committed. */
export const noPlainConfigurationAsCredential = rule({
  id: "no-plain-configuration-as-credential",
  title: "No plain configuration used as a credential",
  severity: "critical",
  enforcementLevel: "mandatory",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "A setting without `secure:` stands readable in the stack's file, and with it in the repository and in every copy of it.",
  remediation:
    "change the credential at its target, since the old one was readable, then `pulumi config set --secret <key>` with the new one and read it with requireSecret.",
  settings,

  *check(resource, { allowedSettings }) {
    if (resource.type === "pulumi:pulumi:Stack") yield* settingsOf(resource, allowedSettings);
    else
      for (const { leaf, place } of resource.spots) {
        if (place !== "credential" && place !== "consumer") continue;
        if (credentialText(leaf) === undefined) continue;
        const { plainConfiguration } = originOf(leaf, resource.surroundings);
        const telling = place === "credential" || detect(textOf(leaf) ?? "") !== undefined;
        if (plainConfiguration && telling)
          yield {
            path: leaf.path,
            detail: "the credential stands in the stack's configuration in plain text",
          };
      }
  },
});

/** The settings themselves, whoever reads them; reported once, with the stack. */
function* settingsOf(
  { surroundings }: InspectedResource,
  allowed: readonly string[],
): Generator<Finding> {
  for (const { key, name, what } of plainCredentials(surroundings.configuration.plain, allowed)) {
    const path = [
      "configuration",
      key.replace(":", "."),
      ...(key.endsWith(`:${name}`) ? [] : [name]),
    ];
    yield { path, detail: `the setting holds ${what} in plain text` };
  }
}
