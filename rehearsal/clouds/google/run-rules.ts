/** What the Cloud Run fake demands of templates beyond their shape, and what it fills in, as the real service does. */
import type { CloudContext } from "./context";
import { aborted, ApiError, denied, invalid } from "./errors";
import type {
  Container,
  EnvVar,
  ExecutionTemplate,
  RevisionTemplate,
  RunJobBody,
} from "./run-schemas";

const RESERVED = ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"];
const BANNED_ANNOTATIONS =
  /^(run\.googleapis\.com|cloud\.googleapis\.com|serving\.knative\.dev|autoscaling\.knative\.dev)\//;
const PORT = 8080;

/** Account of workloads that name none. */
export function defaultAccount(ctx: CloudContext): string {
  return `${ctx.projectNumber}-compute@developer.gserviceaccount.com`;
}

/** A service's template, checked and with defaults; throws 400 or 403. */
export function completeRevision(ctx: CloudContext, input: RevisionTemplate): RevisionTemplate {
  checkAnnotations(input.annotations);
  const container = oneContainer(input.containers);
  const port = container.ports?.[0]?.containerPort ?? PORT;
  return {
    ...input,
    scaling: { maxInstanceCount: 100, ...input.scaling },
    timeout: input.timeout ?? "300s",
    serviceAccount: account(ctx, input.serviceAccount),
    maxInstanceRequestConcurrency: input.maxInstanceRequestConcurrency ?? 80,
    containers: [
      {
        ...completeContainer(container),
        ports: [{ name: "http1", containerPort: port }],
        startupProbe: container.startupProbe ?? {
          timeoutSeconds: 240,
          periodSeconds: 240,
          failureThreshold: 1,
          tcpSocket: { port },
        },
      },
    ],
  };
}

/** A job's template, checked and with defaults; throws 400 or 403. */
export function completeExecution(ctx: CloudContext, input: ExecutionTemplate): ExecutionTemplate {
  checkAnnotations(input.annotations);
  const { template = {} } = input;
  return {
    ...input,
    taskCount: input.taskCount ?? 1,
    template: {
      ...template,
      maxRetries: template.maxRetries ?? 3,
      timeout: template.timeout ?? "600s",
      serviceAccount: account(ctx, template.serviceAccount),
      containers: [completeContainer(oneContainer(template.containers))],
    },
  };
}

/** `template` with what one run of the job overrides; throws 400 for variables that the service would refuse. */
export function overriddenExecution(
  template: ExecutionTemplate,
  overrides: RunJobBody["overrides"] = {},
): ExecutionTemplate {
  const { containerOverrides: [change = {}] = [], taskCount, timeout } = overrides;
  checkEnv(change.env);
  const container = template.template?.containers?.[0] as Container;
  const names = new Set((change.env ?? []).map(({ name }) => name));
  const env = [
    ...(container.env ?? []).filter(({ name }) => !names.has(name)),
    ...(change.env ?? []),
  ];
  const args = change.clearArgs === true ? undefined : (change.args ?? container.args);
  return {
    ...template,
    taskCount: taskCount ?? template.taskCount,
    template: {
      ...template.template,
      timeout: timeout ?? template.template?.timeout,
      containers: [{ ...container, env, args }],
    },
  };
}

/** Throws 400 for annotations in the system's own namespaces. */
export function checkAnnotations(annotations: Readonly<Record<string, string>> = {}): void {
  const banned = Object.keys(annotations).find((name) => BANNED_ANNOTATIONS.test(name));
  if (banned !== undefined) {
    throw invalid(
      `Annotation '${banned}' is not supported: use the corresponding field in the v2 API.`,
    );
  }
}

/** Throws 409 ABORTED when the caller read an older state than the current one. */
export function checkEtag(id: string, given: string | undefined, current: string): void {
  if (given === undefined || given === "" || given === current) return;
  throw aborted(
    `Conflict for resource '${id}': version '${given}' was specified but current version is '${current}'.`,
  );
}

/** `input` laid over `current` as `updateMask` says; without a mask `input` alone. Throws 400 for a path that is no field. */
export function applyMask<T extends Record<string, unknown>>(
  current: T,
  input: T,
  mask: string | undefined,
  fields: readonly string[],
): T {
  if (mask === undefined || mask === "" || mask === "*") return input;
  const result: Record<string, unknown> = structuredClone(current);
  for (const path of mask.split(",")) {
    const [first = "", ...rest] = path
      .trim()
      .split(".")
      .map((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
    if (!fields.includes(first)) {
      throw invalid(`Invalid update mask: field '${path}' does not exist or cannot be updated.`);
    }
    copy(result, input, [first, ...rest]);
  }
  return result as T;
}

function copy(
  to: Record<string, unknown>,
  from: Record<string, unknown> | undefined,
  path: readonly string[],
): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    if (from?.[name] === undefined) delete to[name];
    else to[name] = from[name];
    return;
  }
  const inner = (to[name] ??= {}) as Record<string, unknown>;
  copy(inner, from?.[name] as Record<string, unknown> | undefined, rest);
}

function oneContainer(containers: readonly Container[] = []): Container {
  const [container, second] = containers;
  if (container === undefined) {
    throw invalid("template.containers: should have exactly one container without dependencies.");
  }
  if (second !== undefined || container.command !== undefined) {
    throw invalid(
      "template.containers: the fake of Google Cloud runs one container with its image's own command. " +
        "Take out `command` and further containers; `args` and `env` are served.",
    );
  }
  checkEnv(container.env);
  return container;
}

function completeContainer(container: Container): Container {
  const limits = { cpu: "1000m", memory: "512Mi", ...container.resources?.limits };
  return { ...container, resources: { ...container.resources, limits } };
}

/** Throws 400 for variables that the service would refuse. */
export function checkEnv(env: readonly EnvVar[] = []): void {
  const names = env.map(({ name }) => name);
  const reserved = names.filter((name) => RESERVED.includes(name));
  if (reserved.length > 0) {
    throw invalid(
      `spec.template.spec.containers[0].env: The following reserved env names were provided: ${reserved.join(", ")}. ` +
        "These values are automatically set by the system.",
    );
  }
  names.forEach((name, i) => {
    const at = `spec.template.spec.containers[0].env[${i}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw invalid(`${at}.name: invalid name '${name}'.`);
    if (names.indexOf(name) !== i) throw invalid(`${at}.name: duplicate name '${name}'.`);
    if (env[i]?.value !== undefined && env[i]?.valueSource !== undefined) {
      throw invalid(`${at}: oneof field 'values' is already set. Cannot set 'valueSource'.`);
    }
  });
}

function account(ctx: CloudContext, email: string | undefined): string {
  if (email === undefined || email === "") return defaultAccount(ctx);
  try {
    ctx.requireServiceAccount(email);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw denied(
      `Permission 'iam.serviceaccounts.actAs' denied on service account ${email} (or it may not exist).`,
    );
  }
  return email;
}
