/**
 * A thin client of Vault's HTTP API (OpenBao speaks the same), on Node's own HTTP: what the rehearsal's provider server and the operator's
 * checks need, and nothing more. No value and no token ever stands in an error.
 */
import * as http from "node:http";
import * as https from "node:https";
import { SecretText } from "../../components/secret-text";

/** Where a Vault is and who asks it. */
export interface VaultOptions {
  /** `https://vault.example.com:8200`. */
  readonly address: string;
  /** The caller's token; without one only what needs none works (health, log-ins). */
  readonly token?: SecretText | undefined;
  /** The certificate (PEM) of the authority that signed the server's own; the system's authorities unless set. */
  readonly caCert?: string | undefined;
  /** Sent as `X-Vault-Namespace`. */
  readonly namespace?: string | undefined;
  /** Milliseconds that one call may take; 30,000 unless set. */
  readonly timeoutMs?: number;
}

/** What Vault answered when it refused a call: its status, the path and its own words, which name no value. */
export class VaultError extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly method: string,
    readonly path: string,
    readonly reasons: readonly string[],
  ) {
    super(`Vault: ${method} ${path}: ${status === 0 ? "" : `${status}: `}${reasons.join("; ")}`);
    this.name = "VaultError";
  }
}

/** The HTTP methods of Vault's API. */
export type VaultMethod = "GET" | "POST" | "PUT" | "DELETE" | "LIST";

/** The data of an answer. */
export type VaultData = Readonly<Record<string, unknown>>;

/** An answer's body: `data` of a read, `auth` of a log-in; system paths answer beside them. */
export type VaultAnswer = VaultData & { readonly data?: VaultData; readonly auth?: VaultData };

/** A client of one server, for one token. Keeps its connections; {@link VaultClient.close} ends them. */
export class VaultClient {
  readonly #agent: http.Agent;
  readonly #base: URL;

  constructor(private readonly options: VaultOptions) {
    this.#base = new URL(`${options.address.replace(/\/+$/, "")}/`);
    this.#agent =
      this.#base.protocol === "https:"
        ? new https.Agent({ keepAlive: true, ca: options.caCert })
        : new http.Agent({ keepAlive: true });
  }

  /** The same server for another caller. */
  as(token: SecretText | undefined): VaultClient {
    return new VaultClient({ ...this.options, token });
  }

  /** Ends the connections that are kept open. */
  close(): void {
    this.#agent.destroy();
  }

  /** The data at a path; undefined where there is none. */
  async read(path: string): Promise<VaultData | undefined> {
    const answer = await this.found("GET", path);
    return answer === undefined ? undefined : (answer.data ?? answer);
  }

  /** The names below a path; none where nothing is there. */
  async list(path: string): Promise<string[]> {
    const answer = await this.found("LIST", path);
    return (answer?.data?.keys as string[] | undefined) ?? [];
  }

  /** Writes to a path. */
  write(path: string, body: object = {}): Promise<VaultAnswer> {
    return this.call("POST", path, body);
  }

  /** Deletes at a path; that nothing is there is fine. */
  async delete(path: string): Promise<void> {
    await this.found("DELETE", path);
  }

  /** Logs in by AppRole; the token is bounded in life and rights as that role says. */
  async logIn(roleId: string, secretId: SecretText, mount = "approle"): Promise<SecretText> {
    const body = { role_id: roleId, secret_id: secretId.reveal() };
    const { auth } = await this.write(`auth/${mount}/login`, body);
    return new SecretText(String(auth?.client_token));
  }

  /** One call. Throws a {@link VaultError} for every answer that is no success. */
  async call(method: VaultMethod, path: string, body?: object): Promise<VaultAnswer> {
    const { status, text } = await this.send(method, path, body);
    const parsed = parse(text);
    if (status < 300) return parsed;
    const said = (parsed.errors as string[] | undefined) ?? [];
    throw new VaultError(status, method, path, said.length > 0 ? said : ["no reason given"]);
  }

  private async found(method: VaultMethod, path: string): Promise<VaultAnswer | undefined> {
    try {
      return await this.call(method, path);
    } catch (error) {
      if (error instanceof VaultError && error.status === 404) return undefined;
      throw error;
    }
  }

  private send(
    method: VaultMethod,
    path: string,
    body: object | undefined,
  ): Promise<{ status: number; text: string }> {
    const { token, namespace, timeoutMs = 30_000 } = this.options;
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const url = new URL(`v1/${path}`, this.#base);
    if (method === "LIST") url.searchParams.set("list", "true");
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(new VaultError(0, method, path, [reason(error)]));
      const request = (url.protocol === "https:" ? https : http).request(url, {
        method: method === "LIST" ? "GET" : method,
        agent: this.#agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          "x-vault-request": "true",
          ...(token ? { "x-vault-token": token.reveal() } : {}),
          ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
          ...(payload
            ? { "content-type": "application/json", "content-length": payload.length }
            : {}),
        },
      });
      request.once("error", fail);
      request.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("error", fail);
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.end(payload);
    });
  }
}

function parse(text: string): VaultAnswer {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as VaultAnswer;
  } catch {
    // The parser's message would quote the answer, which may hold a value.
    return { errors: ["the answer is no JSON"] };
  }
}

function reason(error: Error): string {
  if (error.name === "TimeoutError" || error.name === "AbortError") return "no answer in time";
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
