/**
 * The mode `web`: a bundle built at start and served as files. As with Vite, `import.meta.env.VITE_…` is replaced by the value of the
 * build's environment, so the key stands in the bundle for every visitor to read: only a key with read-only, public scope may be used so.
 */
import { endOnSigterm, serve } from "./http";
import { log } from "./log";
import { port, required, type Env } from "./settings";

const PAGE = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>capanel</title></head>
  <body><main id="articles">Loading…</main><script type="module" src="/assets/app.js"></script></body>
</html>
`;

const SOURCE = `const response = await fetch(import.meta.env.VITE_STRAPI_URL + "/api/articles", {
  headers: { authorization: "Bearer " + import.meta.env.VITE_STRAPI_API_KEY },
});
const articles = response.ok ? (await response.json()).data : [];
document.querySelector("#articles").textContent = articles.map(({ title }) => title).join("\\n");
`;

/** Serves until SIGTERM. Fails at start without `VITE_STRAPI_API_KEY`; `VITE_STRAPI_URL` is optional. */
export async function runWeb(env: Env): Promise<void> {
  required(env, "VITE_STRAPI_API_KEY");
  const bundle = build(SOURCE, env);
  const listening = await serve(port(env), {
    "GET /readyz": () => ({ body: { bundle: "ok" } }),
    "GET /": () => ({ type: "text/html; charset=utf-8", body: PAGE }),
    "GET /index.html": () => ({ type: "text/html; charset=utf-8", body: PAGE }),
    "GET /assets/app.js": () => ({ type: "text/javascript; charset=utf-8", body: bundle }),
  });
  endOnSigterm(listening);
  log("INFO", "listening", { port: listening.port });
}

function build(source: string, env: Env): string {
  return source.replace(/\bimport\.meta\.env\.(VITE_\w+)/g, (_, name: string) =>
    JSON.stringify(env[name] ?? ""),
  );
}
