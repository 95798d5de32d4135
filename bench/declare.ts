/** What is measured as "the program": all of capanel, declared once under Pulumi's mocks with the settings of the file given. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { program } from "../stacks";
import { run } from "../test/support/mocks";

const [file = "Pulumi.prod.yaml"] = process.argv.slice(2);
const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };

void run(program, { config, stack: "prod" }).then(({ resources }) => {
  if (resources.length === 0) throw new Error("the program declared nothing");
});
