import { rules } from "../all-rules";
import { version } from "../package.json";
import { SERVICE, analyzer } from "./service";
import { serve } from "./transport";

/**
 * Serves the pack to the engine, which reads the port from standard output. The process ends with the engine; a failure stops the
 * preview or update.
 */
export async function startPack(): Promise<void> {
  const description = "Secrets stay where they belong.";
  const methods = analyzer({ name: "rekey", version, description, rules });
  const { port } = await serve(SERVICE, methods);
  process.stdout.write(`${port}\n`);
}
