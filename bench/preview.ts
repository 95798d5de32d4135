/** What is measured as "preview": one preview of capanel by the real engine, on a fake provider, with the settings of the file given. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { program } from "../stacks";
import { openBench } from "../test/policies/programs/preview";

const [file = "Pulumi.prod.yaml"] = process.argv.slice(2);
const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };

async function preview(): Promise<void> {
  const bench = await openBench();
  try {
    const settings = Object.entries(config).map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return [key, { value: text }] as const;
    });
    await bench.configure(Object.fromEntries(settings));
    const { failed, said } = await bench.run("preview", program, { pack: false, known: true });
    if (failed) throw new Error(`the preview failed: ${said.slice(-400)}`);
  } finally {
    bench.close();
  }
}

void preview();
