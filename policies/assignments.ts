import { LONGEST, viewsOf } from "./views";

/** A name and the value that a text gives it. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
}

/** `NAME=value`, `export NAME="value"`, `name: value`, `"name": "value"`, `--name=value`, at the beginning of a line or after a blank. */
const ASSIGNMENT =
  /(?:^|[\s;,{&|("'])(?:-{1,2}|export\s+|set\s+|-e\s*)?["']?([A-Za-z][\w.-]{1,63})["']?\s{0,4}(?:=|:\s|:=)\s{0,4}(?:"([^"\n]{1,2000})"|'([^'\n]{1,2000})'|([^\s"';,&|()]{1,2000}))/g;

/**
 * What a script, an env file or a configuration file within a text assigns, in base64 and JSON too. For user data, ConfigMaps and
 * commands: places where a credential hides in a larger text.
 */
export function* assignmentsIn(text: string): Generator<Assignment> {
  if (text.length > LONGEST) return;
  for (const view of viewsOf(text)) {
    if (!/[=:]/.test(view)) continue;
    for (const [, name = "", inDouble, inSingle, bare] of view.matchAll(ASSIGNMENT)) {
      const value = inDouble ?? inSingle ?? bare ?? "";
      if (value !== "") yield { name, value };
    }
  }
}
