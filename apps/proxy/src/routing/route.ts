import type { TokenManager } from "@tokenflow/core";
import { redactSecrets } from "../answers/redact-secrets.ts";
import { RequestError } from "../answers/request-error.ts";
import { findNamed } from "./session-name.ts";

/** A session that the proxy serves. @example { manager: createTokenManager({ provider, store }) } */
export interface ProxySession {
  /** The manager of the session. Its owner closes it. @example createTokenManager({ provider, store }) */
  readonly manager: TokenManager;
}

/** A request to forward and the session that serves it. */
export interface Route {
  /** A `call` names a model in its body, `models` lists the catalog or one of it, `other` is forwarded unchanged. */
  readonly kind: "call" | "models" | "other";
  /** The one model of the catalog that is asked for. */
  readonly modelId?: string | undefined;
  readonly session: ProxySession;
  /** True if the path named the session; otherwise a model's prefix may select another one. */
  readonly named: boolean;
  readonly method: "GET" | "POST";
  /** The path below `/v1`. */
  readonly path: string;
  /** One of a fixed set of names, for metrics. */
  readonly label: string;
  /** Includes the `?`, or is empty. */
  readonly query: string;
}

/** A path that is served at `/v1/…`, without `/v1`, and at `/{provider}/v1/…`. */
type KnownRoute = Pick<Route, "kind" | "method" | "path" | "label">;

const MODELS = knownRoute("models", "GET", "/models");
const KNOWN_ROUTES: readonly KnownRoute[] = [
  MODELS,
  knownRoute("call", "POST", "/chat/completions"),
  knownRoute("call", "POST", "/responses"),
  knownRoute("call", "POST", "/embeddings"),
  knownRoute("call", "POST", "/messages"),
  knownRoute("call", "POST", "/messages/count_tokens"),
];
const BELOW_V1: ReadonlyMap<string, KnownRoute> = new Map(KNOWN_ROUTES.map((route) => [route.path, route]));
/** Whole paths that name no session. */
const UNNAMED: ReadonlyMap<string, KnownRoute> = new Map([
  ...BELOW_V1,
  ...KNOWN_ROUTES.map((route) => [route.label, route] as const),
]);

/** One model of the list. Without a named session its name may have a provider's prefix: `hyper/kimi-k2.5`. */
const ONE_MODEL = /^(?:\/v1)?\/models\/((?:[^/]+\/)?[^/]+)$/;
const ONE_MODEL_BELOW_V1 = /^\/models\/([^/]+)$/;

/** Segments of plain characters, none of them `.` or `..`, so that every server reads the path the same way. */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~:@-]+)+$/;

/** Words in a path that concern the account or its credentials, not a model call. */
const ACCOUNT_WORD =
  /^(?:accounts?|api-?keys?|auth|billing|credentials?|device|keys?|login|logout|oauth|organizations?|policy|policies|secrets?|sessions?|subscriptions?|teams?|terms|tokens?|users?)$/i;
/** Segments that count tokens of text. */
const TEXT_TOKENS = /^(?:count|input)[_-]?tokens?$/i;
/** The beginning of a segment's next word: `api_keys`, `apiKeys`. */
const NEXT_WORD = /[^a-zA-Z\d]+|(?<=[a-z\d])(?=[A-Z])/;

/** Query parameters that may contain a caller's key. */
const SECRET_PARAMETER =
  /^(?:(?:api|auth|access)?[-_]?(?:key|token)|authorization|password|secret|sig|signature)(?:=|$)/i;

/** Returns true for a path of the table: it contains nothing from the caller, so it may be logged as it is. */
export function isKnownPath(path: string): boolean {
  return UNNAMED.has(path);
}

/** Returns the health check that a request asks for, or `undefined`. Health checks need no key. */
export function findProbe(method: string, url: string): "/livez" | "/readyz" | undefined {
  const [path] = splitUrl(url);
  if (path !== "/livez" && path !== "/readyz") return undefined;
  requireMethod(method, ["GET", "HEAD"]);
  return path;
}

/**
 * Finds the route of a request. A path that would need normalization is rejected, so that no server after this one
 * can read it in another way. `/copilot/v1/…` names a provider, `/copilot@work/v1/…` one account of it; otherwise
 * the first session serves. A path outside the table is forwarded only if it names the session.
 * @throws RequestError 400, 403, 404 or 405
 */
export function findRoute(method: string, url: string, sessions: readonly ProxySession[]): Route {
  const [path, query] = splitUrl(url);
  const unnamed = UNNAMED.get(path);
  const [first] = sessions;
  if (unnamed && first) {
    requireMethod(method, [unnamed.method]);
    return { ...unnamed, session: first, named: false, query: withoutSecrets(query) };
  }
  if (!PLAIN_PATH.test(path)) {
    throw new RequestError(
      "request.malformed",
      "Invalid path. Use plain segments without encoded characters.",
    );
  }
  const [, unnamedModel] = method === "GET" ? (ONE_MODEL.exec(path) ?? []) : [];
  if (unnamedModel !== undefined && first) {
    return { ...MODELS, modelId: unnamedModel, session: first, named: false, query: withoutSecrets(query) };
  }
  const [, provider = "", below = ""] = /^\/([^/]+)\/v1(\/.+)$/.exec(path) ?? [];
  const session = findNamed(sessions, provider);
  if (!session) {
    throw new RequestError("request.not_found", `Unknown path ${redactSecrets(path.slice(0, 100))}.`);
  }
  const known = BELOW_V1.get(below);
  if (known) {
    requireMethod(method, [known.method]);
    return { ...known, session, named: true, query: withoutSecrets(query) };
  }
  const allowed = requireMethod(method, ["GET", "POST"]);
  rejectAccountPaths(allowed, below);
  const [, modelId] = allowed === "GET" ? (ONE_MODEL_BELOW_V1.exec(below) ?? []) : [];
  return {
    kind: modelId === undefined ? "other" : "models",
    modelId,
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

/** Rejects requests that could change the account: a person does that on the service's own pages. */
function rejectAccountPaths(method: string, path: string): void {
  const segments = path.split("/").slice(1);
  const isOfModels = segments[0]?.toLowerCase() === "models";
  const changesModels = isOfModels && method !== "GET";
  // A model may have any name.
  const words = isOfModels ? segments : segments.flatMap(wordsOf);
  if (changesModels || words.some((word) => ACCOUNT_WORD.test(word))) {
    throw new RequestError(
      "request.not_allowed",
      "This request could change the account or return a secret, so it is not forwarded. Use the service's own pages.",
    );
  }
}

function wordsOf(segment: string): readonly string[] {
  if (TEXT_TOKENS.test(segment)) return [];
  // Letters that follow each other by chance are no words: a segment with a digit is an id.
  return /\d/.test(segment) ? [segment] : [segment, ...segment.split(NEXT_WORD)];
}

function withoutSecrets(query: string): string {
  const kept = query
    .slice(1)
    .split("&")
    .filter((parameter) => parameter !== "" && !SECRET_PARAMETER.test(parameter));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

/** Splits a URL into its path and its query, which includes the `?`. */
export function splitUrl(url: string): readonly [path: string, query: string] {
  const end = url.indexOf("?");
  return end === -1 ? [url, ""] : [url.slice(0, end), url.slice(end)];
}

/** @throws RequestError 405 */
export function requireMethod<Method extends string>(method: string, allowed: readonly Method[]): Method {
  const found = allowed.find((one) => one === method);
  if (found !== undefined) return found;
  const list = allowed.join(", ");
  throw new RequestError("request.method_not_allowed", `This path accepts only ${list}.`, { allow: list });
}
