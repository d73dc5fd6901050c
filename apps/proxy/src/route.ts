import type { TokenManager } from "@tokenflow/core";
import { RequestError } from "./request-error.ts";

/** One session behind the proxy. */
export interface ProxySession {
  readonly manager: TokenManager;
}

/** A request that is passed on, and to whom. */
export interface Route {
  readonly session: ProxySession;
  /** Below the upstream's base. */
  readonly path: string;
}

interface UpstreamRoute {
  readonly method: "GET" | "POST";
}

/** What is passed on, by its path below the upstream's base. Nothing else ever is. */
const UPSTREAM_ROUTES: Readonly<Record<string, UpstreamRoute>> = {
  "/models": { method: "GET" },
  "/chat/completions": { method: "POST" },
};

/** What a supervisor asks, and needs no key for; `undefined` for any other request. */
export function findProbe(method: string, url: string): "/livez" | "/readyz" | undefined {
  const path = pathOf(url);
  if (path !== "/livez" && path !== "/readyz") return undefined;
  requireMethod(method, ["GET", "HEAD"]);
  return path;
}

/**
 * Paths are compared as they stand, so that nothing needs decoding: `/v1/models`, the same without `/v1`,
 * and `/copilot/v1/models` for a session of that provider. Without a provider the first session is meant.
 * A query is not passed on: it could hold a caller's key.
 * @throws RequestError 404 or 405
 */
export function findRoute(method: string, url: string, sessions: readonly ProxySession[]): Route {
  const path = pathOf(url);
  const [, provider, below = ""] = /^(?:\/([^/]+)\/v1|\/v1)?(\/.+)$/.exec(path) ?? [];
  const route = Object.hasOwn(UPSTREAM_ROUTES, below) ? UPSTREAM_ROUTES[below] : undefined;
  const session =
    provider === undefined ? sessions[0] : sessions.find(({ manager }) => manager.provider.id === provider);
  if (!route || !session) {
    throw new RequestError("request.not_found", `There is nothing at ${path.slice(0, 100)}.`);
  }
  requireMethod(method, [route.method]);
  return { session, path: below };
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function requireMethod(method: string, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  const list = allowed.join(", ");
  throw new RequestError("request.method_not_allowed", `This path takes ${list}.`, { allow: list });
}
