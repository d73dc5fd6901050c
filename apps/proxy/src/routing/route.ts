import type { TokenManager } from "@tokenflow/core";
import { redactSecrets } from "../answers/redact-secrets.ts";
import { RequestError } from "../answers/request-error.ts";
import { findNamed } from "./session-name.ts";

/** One session behind the proxy. */
export interface ProxySession {
  readonly manager: TokenManager;
}

/** A request that is passed on, and to whom. */
export interface Route {
  /** A `call` names a model in its body, `models` is the catalogue, `other` is passed on as it stands. */
  readonly kind: "call" | "models" | "other";
  readonly session: ProxySession;
  /** Whether the path named the session's provider; else a model's prefix may. */
  readonly named: boolean;
  readonly method: "GET" | "POST";
  /** Below `/v1`. */
  readonly path: string;
  /** One of a fixed set, whatever callers ask for. */
  readonly label: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

/** What everybody asks for, at `/v1/…`, without `/v1`, and at `/{provider}/v1/…`. */
type KnownRoute = Pick<Route, "kind" | "method" | "path" | "label">;

const KNOWN_ROUTES: readonly KnownRoute[] = [
  knownRoute("models", "GET", "/models"),
  knownRoute("call", "POST", "/chat/completions"),
  knownRoute("call", "POST", "/responses"),
  knownRoute("call", "POST", "/embeddings"),
  knownRoute("call", "POST", "/messages"),
  knownRoute("call", "POST", "/messages/count_tokens"),
];
const BELOW_V1: ReadonlyMap<string, KnownRoute> = new Map(KNOWN_ROUTES.map((route) => [route.path, route]));
/** Whole paths, with nothing of the caller's own in them. */
const UNNAMED: ReadonlyMap<string, KnownRoute> = new Map([
  ...BELOW_V1,
  ...KNOWN_ROUTES.map((route) => [route.label, route] as const),
]);

/** Whole segments of plain characters, none of them `.` or `..`: nothing in them could be read in two ways. */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~:@-]+)+$/;

/** Words in a path that mean the account, or what opens it, and not a model call. */
const ACCOUNT_WORD =
  /^(?:accounts?|auth|billing|credentials|device|keys?|login|logout|oauth|organizations?|policy|policies|sessions?|subscriptions?|teams?|terms|tokens?|users?)$/;

/** Parameters that may hold a caller's key. */
const SECRET_PARAMETER =
  /^(?:(?:api|auth|access)?[-_]?(?:key|token)|authorization|password|secret|sig|signature)(?:=|$)/i;

/** A path of the table, which holds nothing of the caller's own. */
export function isKnownPath(path: string): boolean {
  return UNNAMED.has(path);
}

/** What a supervisor asks, and needs no key for; `undefined` for any other request. */
export function findProbe(method: string, url: string): "/livez" | "/readyz" | undefined {
  const [path] = splitUrl(url);
  if (path !== "/livez" && path !== "/readyz") return undefined;
  requireMethod(method, ["GET", "HEAD"]);
  return path;
}

/**
 * Paths are compared as they stand, and one that would need normalising is refused, so that nobody behind us
 * can read it in another way. `/copilot/v1/…` names a provider, `/copilot@work/v1/…` one account of it; else the
 * first session is meant. What is not in the table is passed on only where the path names the provider.
 * @throws RequestError 400, 403, 404 or 405
 */
export function findRoute(method: string, url: string, sessions: readonly ProxySession[]): Route {
  const [path, query] = splitUrl(url);
  const unnamed = UNNAMED.get(path);
  const [first] = sessions;
  if (unnamed && first) {
    requireMethod(method, [unnamed.method]);
    return { ...unnamed, session: first, named: false, query: "" };
  }
  if (!PLAIN_PATH.test(path)) {
    throw new RequestError(
      "request.malformed",
      "A path is made of plain segments, and nothing in it is encoded.",
    );
  }
  const [, provider = "", below = ""] = /^\/([^/]+)\/v1(\/.+)$/.exec(path) ?? [];
  const session = findNamed(sessions, provider);
  if (!session) {
    throw new RequestError("request.not_found", `There is nothing at ${redactSecrets(path.slice(0, 100))}.`);
  }
  const known = BELOW_V1.get(below);
  if (known) {
    requireMethod(method, [known.method]);
    return { ...known, session, named: true, query: "" };
  }
  const allowed = requireMethod(method, ["GET", "POST"]);
  rejectAccountPaths(allowed, below);
  return {
    kind: "other",
    session,
    named: true,
    method: allowed,
    path: below,
    label: "/v1/*",
    query: withoutSecrets(query),
  };
}

function knownRoute(kind: KnownRoute["kind"], method: KnownRoute["method"], path: string): KnownRoute {
  return { kind, method, path, label: `/v1${path}` };
}

/** What would change the account is the person's to do, on the service's own pages. */
function rejectAccountPaths(method: string, path: string): void {
  const segments = path.toLowerCase().split("/").slice(1);
  const changesModels = segments[0] === "models" && method !== "GET";
  if (changesModels || segments.some((segment) => ACCOUNT_WORD.test(segment))) {
    throw new RequestError(
      "request.not_allowed",
      "This could change the account or answer a secret, and is not passed on. Do it on the service's own pages.",
    );
  }
}

function withoutSecrets(query: string): string {
  const kept = query
    .slice(1)
    .split("&")
    .filter((parameter) => parameter !== "" && !SECRET_PARAMETER.test(parameter));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

function splitUrl(url: string): readonly [path: string, query: string] {
  const end = url.indexOf("?");
  return end === -1 ? [url, ""] : [url.slice(0, end), url.slice(end)];
}

/** @throws RequestError 405 */
export function requireMethod<Method extends string>(method: string, allowed: readonly Method[]): Method {
  const found = allowed.find((one) => one === method);
  if (found !== undefined) return found;
  const list = allowed.join(", ");
  throw new RequestError("request.method_not_allowed", `This path takes ${list}.`, { allow: list });
}
