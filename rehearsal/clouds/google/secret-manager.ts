/** Secret Manager v1 over REST. Resource names in answers hold the project's number, as the real ones do; both forms are taken. */
import type { CloudContext } from "./context";
import { invalid } from "./errors";
import { matches, page } from "./paging";
import { policyRoutes } from "./policies";
import type { ApiRequest, Route } from "./router";
import { accessSecret } from "./secret-access";
import {
  addVersionBody,
  checkSecretId,
  readMask,
  secretBody,
  type SecretInput,
  versionMoveBody,
} from "./secret-rules";
import type { Secret, Version, VersionState } from "./secret-store";
import { crc32c } from "./crc32c";

const SECRETS = "/v1/projects/{project}/secrets";
const SECRET = `${SECRETS}/{secret}`;
const VERSION = `${SECRET}/versions/{version}`;
const RPC = "google.cloud.secretmanager.v1.SecretManagerService";

/** Routes of Secret Manager. */
export function secretManagerRoutes(ctx: CloudContext): Route[] {
  const api = new SecretManagerApi(ctx);
  const on = (
    method: Route["method"],
    path: string,
    permission: string,
    handler: (request: ApiRequest) => unknown,
    more: Pick<Route, "query" | "body"> = {},
  ): Route => ({
    service: "secretmanager",
    method,
    path,
    // Reading a value is checked where it is recorded, so that a refused try leaves its audit entry too.
    permission: permission === "versions.access" ? "none" : `secretmanager.${permission}`,
    resource: ({ secret }) => ctx.secrets.policyKey(secret ?? ""),
    handler: (request) => {
      ctx.requireProject(request.params["project"] ?? "");
      return handler(request);
    },
    ...more,
  });
  const list = { query: ["pageSize", "pageToken", "filter"] };
  const move = { body: versionMoveBody };
  return [
    on("GET", SECRETS, "secrets.list", (r) => api.listSecrets(r), list),
    on("POST", SECRETS, "secrets.create", (r) => api.createSecret(r), {
      query: ["secretId"],
      body: secretBody,
    }),
    on("GET", SECRET, "secrets.get", (r) => api.secret(ctx.secrets.get(r.params["secret"] ?? ""))),
    on("PATCH", SECRET, "secrets.update", (r) => api.patchSecret(r), {
      query: ["updateMask"],
      body: secretBody,
    }),
    on("DELETE", SECRET, "secrets.delete", (r) => api.deleteSecret(r), { query: ["etag"] }),
    on("POST", `${SECRET}:addVersion`, "versions.add", (r) => api.addVersion(r), {
      body: addVersionBody,
    }),
    on("GET", `${SECRET}/versions`, "versions.list", (r) => api.listVersions(r), list),
    on("GET", VERSION, "versions.get", (r) => api.getVersion(r)),
    on("GET", `${VERSION}:access`, "versions.access", (r) => api.access(r)),
    on("POST", `${VERSION}:enable`, "versions.enable", (r) => api.move(r, "ENABLED"), move),
    on("POST", `${VERSION}:disable`, "versions.disable", (r) => api.move(r, "DISABLED"), move),
    on("POST", `${VERSION}:destroy`, "versions.destroy", (r) => api.move(r, "DESTROYED"), move),
    ...policyRoutes(ctx, {
      service: "secretmanager",
      path: SECRET,
      read: "GET",
      key: ({ project, secret }) => {
        ctx.requireProject(project ?? "");
        return ctx.secrets.policyKey(ctx.secrets.get(secret ?? "").id);
      },
    }),
  ];
}

const MOVES: Record<VersionState, { verb: string; rpc: string }> = {
  ENABLED: { verb: "enable", rpc: "EnableSecretVersion" },
  DISABLED: { verb: "disable", rpc: "DisableSecretVersion" },
  DESTROYED: { verb: "destroy", rpc: "DestroySecretVersion" },
};

class SecretManagerApi {
  constructor(private readonly ctx: CloudContext) {}

  listSecrets({ query }: ApiRequest) {
    const all = this.ctx.secrets.list().filter((secret) =>
      matches(query["filter"], (field) => {
        if (field === "name") return secret.id;
        const label = /^labels\.(.+)$/.exec(field)?.[1];
        return label === undefined ? undefined : (secret.settings.labels?.[label] ?? "");
      }),
    );
    const { items, nextPageToken } = page(all, query, 25_000);
    return {
      secrets: items.map((secret) => this.secret(secret)),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      totalSize: all.length,
    };
  }

  createSecret({ query, body, caller }: ApiRequest) {
    const id = checkSecretId(query["secretId"]);
    const secret = this.ctx.secrets.create(id, body as SecretInput);
    this.ctx.writes.record("secret.create", `secrets/${id}`);
    this.audit("CreateSecret", this.ctx.secrets.name(id), caller);
    return this.secret(secret);
  }

  patchSecret({ params, query, body, caller }: ApiRequest) {
    const id = params["secret"] ?? "";
    const secret = this.ctx.secrets.patch(id, body as SecretInput, readMask(query["updateMask"]));
    this.ctx.writes.record("secret.patch", `secrets/${id}`);
    this.audit("UpdateSecret", this.ctx.secrets.name(id), caller);
    return this.secret(secret);
  }

  deleteSecret({ params, query, caller }: ApiRequest) {
    const id = params["secret"] ?? "";
    this.ctx.secrets.delete(id, query["etag"]);
    this.ctx.writes.record("secret.delete", `secrets/${id}`);
    this.audit("DeleteSecret", this.ctx.secrets.name(id), caller);
    return {};
  }

  addVersion({ params, body, caller }: ApiRequest) {
    const id = params["secret"] ?? "";
    const { payload } = body as { payload?: { data?: string; dataCrc32c?: string } };
    const version = this.ctx.secrets.addVersion(id, decode(payload?.data), payload?.dataCrc32c);
    this.ctx.writes.record("secretVersion.add", `secrets/${id}/versions/${version.number}`);
    this.audit("AddSecretVersion", this.ctx.secrets.name(id, version.number), caller);
    return this.version(id, version);
  }

  listVersions({ params, query }: ApiRequest) {
    const id = params["secret"] ?? "";
    const all = this.ctx.secrets
      .get(id)
      .versions.filter((version) =>
        matches(query["filter"], (field) => (field === "state" ? version.state : undefined)),
      )
      .reverse();
    const { items, nextPageToken } = page(all, query, 25_000);
    return {
      versions: items.map((version) => this.version(id, version)),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      totalSize: all.length,
    };
  }

  getVersion({ params }: ApiRequest) {
    const id = params["secret"] ?? "";
    return this.version(id, this.ctx.secrets.version(id, params["version"] ?? ""));
  }

  access({ params, caller }: ApiRequest) {
    const id = params["secret"] ?? "";
    const { version, data } = accessSecret(this.ctx, id, params["version"] ?? "", caller);
    return {
      name: this.ctx.secrets.name(id, version.number),
      payload: { data: data.toString("base64"), dataCrc32c: String(crc32c(data)) },
    };
  }

  move({ params, body, caller }: ApiRequest, to: VersionState) {
    const id = params["secret"] ?? "";
    const { etag } = body as { etag?: string };
    const version = this.ctx.secrets.move(id, params["version"] ?? "", to, etag);
    const { verb, rpc } = MOVES[to];
    this.ctx.writes.record(`secretVersion.${verb}`, `secrets/${id}/versions/${version.number}`);
    this.audit(rpc, this.ctx.secrets.name(id, version.number), caller);
    return this.version(id, version);
  }

  /** A secret as the API answers it. */
  secret({ id, createTime, replication, settings, etag }: Secret) {
    return { name: this.ctx.secrets.name(id), replication, createTime, ...settings, etag };
  }

  private version(id: string, version: Version) {
    const { number, createTime, destroyTime, scheduledDestroyTime, state, etag } = version;
    const { replication } = this.ctx.secrets.get(id);
    const locations = replication.userManaged?.replicas.map(({ location }) => ({ location }));
    return {
      name: this.ctx.secrets.name(id, number),
      createTime,
      ...(destroyTime === undefined ? {} : { destroyTime }),
      ...(scheduledDestroyTime === undefined ? {} : { scheduledDestroyTime }),
      state,
      replicationStatus: locations ? { userManaged: { replicas: locations } } : { automatic: {} },
      etag,
      ...(version.checksumGiven ? { clientSpecifiedPayloadChecksum: true } : {}),
    };
  }

  private audit(rpc: string, resourceName: string, caller: ApiRequest["caller"]): void {
    this.ctx.audit.record({
      serviceName: "secretmanager.googleapis.com",
      methodName: `${RPC}.${rpc}`,
      resourceName,
      log: "activity",
      caller,
    });
  }
}

/** Bytes of a base64 text (either alphabet). The real service quotes a text that it cannot decode; a secret is never quoted here. */
function decode(text: string | undefined): Buffer {
  const standard = (text ?? "").replaceAll("-", "+").replaceAll("_", "/");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard) || standard.replace(/=+$/, "").length % 4 === 1) {
    throw invalid("Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed.");
  }
  return Buffer.from(standard, "base64");
}
