/** The mode `project-agents`: agents that act for users on the backend's word, and a gateway for clients with a token of their own. */
import { createHash, timingSafeEqual } from "node:crypto";
import { text } from "../fields";
import { endOnSigterm, HttpError, serve, type Call, type Handlers } from "../http";
import { log } from "../log";
import { accepted, address, port, required, signingSettings, type Env } from "../settings";
import { Tokens } from "../tokens";
import { ask, type Upstream } from "../upstream";

const MODEL = "gpt-4o-mini";

interface Parts {
  readonly delegation: Tokens;
  readonly openrouter: Upstream;
  readonly gatewayTokens: readonly string[];
}

/**
 * Serves until SIGTERM. Delegation tokens are accepted of every live `DELEGATION_JWT_SECRET`, gateway tokens of every live
 * `OPENCLAW_GATEWAY_TOKEN`; models are asked at `OPENROUTER_URL` with `OPENROUTER_API_KEY`.
 */
export async function runAgents(env: Env): Promise<void> {
  const parts = {
    delegation: new Tokens(signingSettings(env, "DELEGATION_JWT_SECRET")),
    openrouter: {
      name: "openrouter",
      url: address(env, "OPENROUTER_URL"),
      authorization: `Bearer ${required(env, "OPENROUTER_API_KEY")}`,
    },
    gatewayTokens: accepted(env, "OPENCLAW_GATEWAY_TOKEN"),
  };
  const listening = await serve(port(env), handlers(parts));
  endOnSigterm(listening);
  log("INFO", "listening", { port: listening.port });
}

function handlers({ delegation, openrouter, gatewayTokens }: Parts): Handlers {
  const userOf = async (call: Call) => {
    const user = await delegation.subject(tokenOf(call));
    if (user === undefined) throw new HttpError(401, "No valid delegation", "delegation_refused");
    return user;
  };
  return {
    "GET /readyz": () => ({ body: { agents: "ok" } }),
    "GET /delegation": async (call) => ({ body: { on_behalf_of: await userOf(call) } }),
    "POST /run": async (call) => {
      const user = await userOf(call);
      const content = text((await call.body())["prompt"], "prompt");
      const messages = [{ role: "user", content }];
      const answer = await ask(openrouter, "/api/v1/chat/completions", { model: MODEL, messages });
      const [choice] = answer["choices"] as { message: { content: string } }[];
      return { body: { on_behalf_of: user, text: choice?.message.content } };
    },
    "GET /gateway": (call) => {
      if (!gatewayTokens.some((one) => same(one, tokenOf(call))))
        throw new HttpError(401, "No valid token of the gateway", "gateway_refused");
      return { body: { gateway: "open" } };
    },
  };
}

function tokenOf({ headers }: Call): string {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
}

// Digests are compared, for they are of one length whatever was sent.
function same(one: string, other: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}
