import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { JsonObject, JsonValue } from "@tokenflow/conformance/server";
import { type Form, listen, read, readJsonForm, rename } from "./fake-http.ts";
import type { Authentication, OAuthProfile, Said } from "./profile.ts";

export const OAUTH_CLIENT = { id: "our-client", secret: "our-secret-1" } as const;
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/** A loopback server that behaves as a profile says. */
export interface OAuthFake extends AsyncDisposable {
  /** The address of the socket. */
  readonly address: string;
  /** The origin that the documents state. */
  readonly origin: string;
  /** Ends every refresh token at the service's side. */
  endSessions(): void;
  /** Returns `true` if a token opens the API that it was asked for. */
  opensApi(accessToken: string): boolean;
  /** How many tokens were revoked. */
  readonly revocations: number;
  /** The requests that the server could not accept, for a failed test. */
  readonly complaints: readonly string[];
}

interface Issued {
  readonly userCode: string;
  readonly challenge: string | undefined;
  readonly isForApi: boolean;
  polls: number;
}

export async function startOAuthFake(profile: OAuthProfile): Promise<OAuthFake> {
  const { base = "", document, paths = {}, client = {}, wants = {}, says = {} } = profile;
  const at = { device: "/device", token: "/token", revocation: "/revoke", ...paths };
  const codes = new Map<string, Issued>();
  const refreshTokens = new Map<string, boolean>();
  const accessTokens = new Map<string, boolean>();
  const complaints: string[] = [];
  let revocations = 0;
  const server = createServer((request, response) => void serve(request, response));
  const address = await listen(server);
  const origin = profile.origin ?? address;
  const endpoints = profile.endpointOrigin ?? origin;

  const metadata = (): JsonObject => {
    const all: Record<string, JsonValue> = {
      issuer: (document?.states ?? `$origin${base}`).replace("$origin", origin),
      token_endpoint: endpoints + at.token,
      device_authorization_endpoint: endpoints + at.device,
      ...(at.revocation === "" ? {} : { revocation_endpoint: endpoints + at.revocation }),
      ...(document?.methods ? { token_endpoint_auth_methods_supported: [...document.methods] } : {}),
    };
    return Object.fromEntries(Object.entries(all).filter(([name]) => !document?.omits?.includes(name)));
  };

  const wellKnown = (path: string): Said => {
    const below = base === "/" ? "" : base;
    const openid = `${below}/.well-known/openid-configuration`;
    const oauth = `/.well-known/oauth-authorization-server${below}`;
    const isThere =
      (path === openid && document?.at !== "oauth") || (path === oauth && document?.at !== "openid");
    if (document && isThere) return [200, metadata()];
    return document?.catchAll ? [200, {}] : [404, "<html>Not found</html>"];
  };

  /** Returns why a client is refused, if it is. */
  const refusedClient = (form: Form, header: string, how: Authentication): Said | undefined => {
    const expected = `Basic ${btoa(`${OAUTH_CLIENT.id}:${OAUTH_CLIENT.secret}`)}`;
    const id = form["client_id"] ?? (header === expected && !client.idInBody ? OAUTH_CLIENT.id : "");
    if (id !== OAUTH_CLIENT.id) return [400, { error: "unauthorized_client" }];
    if (how === "any") return undefined;
    const isRight =
      how === "basic"
        ? header === expected && form["client_secret"] === undefined
        : header === "" && form["client_secret"] === (how === "post" ? OAUTH_CLIENT.secret : undefined);
    return isRight ? undefined : [401, { error: "invalid_client" }];
  };

  const lacks = (form: Form, wanted: Form = {}, userCode = ""): string | undefined =>
    Object.entries(wanted).find(([name, value]) => {
      const filled = value
        .replace("$user_code", userCode)
        .replace("$secret", OAUTH_CLIENT.secret)
        .replace("$client_id", OAUTH_CLIENT.id);
      return form[name] === undefined || (filled !== "" && form[name] !== filled);
    })?.[0];

  const isFor = (form: Form, api = wants.api): boolean => !api || form[api[0]] === api[1];

  const device = (form: Form, query: URLSearchParams): Said => {
    const missing =
      lacks(form, { ...(wants.scope ? { scope: "" } : {}), ...wants.device }) ??
      wants.query?.find((name) => !query.has(name));
    if (missing) return [400, { error: "invalid_request", error_description: `Missing: ${missing}` }];
    if (wants.pkce && form["code_challenge"] === undefined) {
      const error_description = "Missing parameter: code_challenge_method";
      return [400, { error: "invalid_request", error_description }];
    }
    const code = randomUUID();
    const userCode = code.slice(0, 8).toUpperCase();
    codes.set(code, { userCode, challenge: form["code_challenge"], isForApi: isFor(form), polls: 0 });
    const body = {
      device_code: code,
      user_code: userCode,
      verification_uri: `${address}/activate`,
      expires_in: 60,
      interval: 0.02,
    };
    return [200, rename(body, says.deviceNames)];
  };

  const token = (isForApi: boolean, refreshToken?: string): Said => {
    const accessToken = `at-${randomUUID()}`;
    const { refresh = "rotates" } = says;
    accessTokens.set(accessToken, isForApi);
    const next = refresh === "rotates" || refreshToken === undefined ? `rt-${randomUUID()}` : undefined;
    if (next !== undefined && refresh !== "none") refreshTokens.set(next, isForApi);
    const body: Record<string, JsonValue> = {
      access_token: accessToken,
      token_type: "bearer",
      expires_in: says.lifetime ?? 3600,
      scope: says.scopeIsList ? ["read", "write"] : "read write",
      ...(next === undefined || refresh === "none" ? {} : { refresh_token: next }),
      ...says.token,
    };
    return [200, Object.fromEntries(Object.entries(body).filter(([name]) => !says.omits?.includes(name)))];
  };

  const poll = (form: Form): Said => {
    const { codeName = "device_code", grantType = DEVICE_GRANT } = wants;
    if ((form["grant_type"] ?? "") !== grantType) return [400, { error: "unsupported_grant_type" }];
    const code = form[codeName] ?? "";
    const issued = codes.get(code);
    if (!issued) return [400, { error: "invalid_grant" }];
    const missing = lacks(form, wants.poll, issued.userCode);
    if (missing) return [400, { error: "invalid_request", error_description: `Missing: ${missing}` }];
    issued.polls += 1;
    if (issued.polls === 1) return says.pending ?? [400, { error: "authorization_pending" }];
    const hash = createHash("sha256")
      .update(form["code_verifier"] ?? "")
      .digest("base64url");
    if (issued.challenge !== undefined && hash !== issued.challenge) return [400, { error: "invalid_grant" }];
    codes.delete(code);
    return token(issued.isForApi);
  };

  const refresh = (form: Form): Said => {
    const missing = lacks(form, wants.refresh);
    if (missing) return [400, { error: "invalid_request", error_description: `Missing: ${missing}` }];
    const held = form["refresh_token"] ?? "";
    const isForApi = refreshTokens.get(held);
    if (isForApi === undefined) return says.dead ?? [400, { error: "invalid_grant" }];
    if (says.refresh !== "keeps") refreshTokens.delete(held);
    return token(isFor(form, wants.apiAtRefresh ?? wants.api) && isForApi, held);
  };

  const revoke = (form: Form): Said => {
    const held = form["token"] ?? "";
    if (refreshTokens.delete(held) || accessTokens.delete(held)) revocations += 1;
    return [200, {}];
  };

  const answer = (url: URL, form: Form, header: string, isJson: boolean): Said => {
    const path = url.pathname;
    if (path.includes("/.well-known/")) return wellKnown(path);
    if (wants.json ? !isJson : isJson) return [415, { error: "unsupported_media_type" }];
    const isDevice = path === at.device && form["grant_type"] === undefined;
    if (!isDevice && path !== at.token && path !== at.poll && path !== at.revocation)
      return [404, "<html>Not found</html>"];
    const how = (isDevice ? client.device : client.token) ?? (client.hasSecret ? "basic" : "none");
    const refused = refusedClient(form, header, how);
    if (refused) return refused;
    if (isDevice) return device(form, url.searchParams);
    if (path === at.revocation) return revoke(form);
    return form["grant_type"] === "refresh_token" ? refresh(form) : poll(form);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await read(request);
    const url = new URL(request.url ?? "/", address);
    const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
    const form = isJson ? readJsonForm(text) : Object.fromEntries(new URLSearchParams(text));
    const said = answer(url, form, request.headers.authorization ?? "", isJson);
    const [status, body] = said;
    if (status >= 400) complaints.push(`${request.method} ${url.pathname}: ${JSON.stringify(said)}`);
    const isText = typeof body === "string";
    response.writeHead(status, { "content-type": isText ? "text/html" : "application/json" });
    response.end(isText ? body : JSON.stringify(body));
  };

  return {
    address,
    origin,
    endSessions: () => refreshTokens.clear(),
    opensApi: (accessToken) => accessTokens.get(accessToken) === true,
    get revocations() {
      return revocations;
    },
    complaints,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
