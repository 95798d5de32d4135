/** Reads the part of a kubeconfig that says where the current context's API server is and who calls it. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { SecretText } from "../../components/secret-text";

const name = z.string();
const cluster = z.object({
  server: z.url(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
});
const user = z.object({ token: z.string().optional(), tokenFile: z.string().optional() });
const context = z.object({
  cluster: z.string(),
  user: z.string(),
  namespace: z.string().optional(),
});
const shape = z.object({
  "current-context": z.string().optional(),
  clusters: z.array(z.object({ name, cluster })),
  users: z.array(z.object({ name, user })),
  contexts: z.array(z.object({ name, context })),
});

/** How a context's API server is reached. */
export interface ClusterAccess {
  /** `https://192.0.2.1:6443`. */
  readonly server: string;
  readonly token: SecretText;
  /** The certificate (PEM) of the server's authority, where the file names one. */
  readonly caCert: string | undefined;
  /** The namespace of objects that name none. */
  readonly namespace: string;
}

/**
 * Takes the context out of a kubeconfig, given as its text or as a file's path; the current context unless `wanted` names one.
 *
 * @throws Error naming what is missing. Only tokens serve to log in here: other ways (client certificates, `exec`) are refused by name.
 */
export function readKubeconfig(textOrPath: string, wanted?: string): ClusterAccess {
  const text = /[\n{:]/.test(textOrPath.trim()) ? textOrPath : readFileSync(textOrPath, "utf8");
  const parsed = shape.safeParse(parseYaml(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`the kubeconfig is not whole: ${issue?.path.map(String).join(".")}`);
  }
  const config = parsed.data;
  const chosen = pick(config.contexts, wanted ?? config["current-context"], "context");
  const { cluster: clusterName, user: userName, namespace } = chosen.context;
  const { cluster } = pick(config.clusters, clusterName, "cluster");
  const { user } = pick(config.users, userName, "user");
  const token = user.token ?? (user.tokenFile && readFileSync(user.tokenFile, "utf8").trim());
  if (token === undefined || token === "")
    throw new Error(
      `user ${userName} of the kubeconfig has no token: only tokens (\`token\`, \`tokenFile\`) serve here`,
    );
  const data = cluster["certificate-authority-data"];
  const file = cluster["certificate-authority"];
  return {
    server: cluster.server,
    token: new SecretText(token),
    caCert: data
      ? Buffer.from(data, "base64").toString("utf8")
      : file && readFileSync(file, "utf8"),
    namespace: namespace ?? "default",
  };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // The parser quotes the text, which holds a token.
    throw new Error("the kubeconfig is no YAML");
  }
}

function pick<T extends { name: string }>(list: readonly T[], name: unknown, what: string): T {
  const found = list.find((one) => one.name === name);
  if (found) return found;
  const names = list.map((one) => one.name).join(", ") || "none";
  throw new Error(`the kubeconfig has no ${what} ${String(name)}; it has ${names}`);
}
