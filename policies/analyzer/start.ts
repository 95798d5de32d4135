import { rules } from "../all-rules";
import { version } from "../package.json";
import { SERVICE, analyzer } from "./service";
import { Method, serve } from "./transport";

/**
 * Serves the pack to the engine, which reads the port from standard output. The process ends with the engine; a failure stops the
 * preview or update.
 *
 * @param afterwards what is to be done when a whole stack was judged and the engine has its answer, so that nobody waits.
 */
export async function startPack(afterwards: () => void): Promise<void> {
  const description = "Secrets stay where they belong.";
  const methods = analyzer({ name: "rekey", version, description, rules });
  const AnalyzeStack: Method = (message) => {
    setImmediate(afterwards);
    return methods.AnalyzeStack(message);
  };
  const { port } = await serve(SERVICE, { ...methods, AnalyzeStack });
  process.stdout.write(`${port}\n`);
}
