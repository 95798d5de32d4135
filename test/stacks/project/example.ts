import { StackConfig } from "../examples";

/** A stack with project, on addresses that are reserved for examples. */
export function projectStack(backends: readonly string[] = ["aws", "vault"]): StackConfig {
  return {
    "rekey:environment": "staging",
    "rekey:systems": ["project"],
    "rekey:external": {
      OPENROUTER_API_KEY: { a: { generation: 1, value: "canary of openrouter" } },
      GMAIL_CLIENT_SECRET: {
        a: { generation: 1, value: '{"clientId":"id of gmail","secret":"canary of gmail"}' },
      },
    },
    "rekey:credentials": { "project-database-admin": "canary of the administrator" },
    "rekey:project": {
      backends,
      aws: { roles: { backend: "project-backend", agents: "project-agents" } },
      vault: { roles: "approle" },
      kubernetes: {
        backendImage: "images.example.com/project/backend:1.0.0",
        agentsImage: "images.example.com/project/agents:1.0.0",
        searchImage: "images.example.com/project/search:1.0.0",
      },
      database: {
        host: "192.0.2.7",
        name: "project",
        user: "project",
        ownerRole: "project_owner",
        groupRole: "project_rights",
        adminUser: "admin",
      },
    },
  };
}

/** The objects that a deployment's variables refer to, of the names that begin so. */
export function variables(
  { inputs }: { inputs: Readonly<Record<string, unknown>> },
  prefix: string,
) {
  const found: Record<string, string> = {};
  const search = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { name, valueFrom } = value as {
      name?: string;
      valueFrom?: { secretKeyRef: { name: string } };
    };
    if (name?.startsWith(prefix) && valueFrom) found[name] = valueFrom.secretKeyRef.name;
    Object.values(value).forEach(search);
  };
  search(inputs);
  return found;
}
