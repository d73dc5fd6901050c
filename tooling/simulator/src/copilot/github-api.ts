import { createHash } from "node:crypto";
import type { HeaderList, Reply } from "@tokenflow/conformance/server";
import { isJsonObject } from "@tokenflow/conformance/server";
import { type Route, route, type Service, type ServiceRequest, type World } from "../server/service.ts";
import type { GithubApp } from "../server/settings.ts";
import { createCopilotEnvelope, createCopilotUser } from "./copilot-envelope.ts";
import {
  badCredentials,
  createCopilotRefusal,
  notAccessible,
  notFound,
  type Refusal,
} from "./copilot-refusals.ts";
import type { CopilotTokens } from "./copilot-tokens.ts";
import { requireUserAgent } from "./github.ts";
import type { GithubTokens, UserToken } from "./github-tokens.ts";

interface GithubApiOptions {
  readonly world: World;
  readonly tokens: GithubTokens;
  readonly copilotTokens: CopilotTokens;
}

/** Simulates api.github.com: the user, the Copilot exchange, the plan, and the revocation of leaked credentials. */
export function createGithubApi({ world, tokens, copilotTokens }: GithubApiOptions): Service {
  const { settings, addresses, journal } = world;

  const signedIn = (
    path: string,
    kind: Route["kind"],
    handle: (user: UserToken, request: ServiceRequest, reply: Reply) => Promise<void>,
  ): Route =>
    route(`GET ${path}`, kind, (request, reply) => {
      const { credential } = request;
      const schemeFits = credential?.scheme === "token" || credential?.scheme === "bearer";
      const user = schemeFits ? tokens.find(credential.token) : undefined;
      if (user) return handle(user, request, reply);
      request.entry.outcome = credential ? "bad_credentials" : "no_credentials";
      if (credential) return refuse(reply, badCredentials);
      return reply.json(401, { ...badCredentials.body, message: "Requires authentication" });
    });

  const exchange = (user: UserToken, request: ServiceRequest, reply: Reply): Promise<void> => {
    const { copilotRefusal } = settings;
    const refusal =
      copilotRefusal === undefined
        ? refusalOfApp(user, settings.githubApps[user.clientId])
        : createCopilotRefusal(copilotRefusal, user.login);
    request.entry.outcome = refusal ? (copilotRefusal ?? "not_found") : "granted";
    if (refusal) return refuse(reply, refusal, userHeaders(user));
    const envelope = createCopilotEnvelope(details(user, request));
    copilotTokens.add(envelope.token, user.login);
    journal.counts.tokens += 1;
    return reply.json(200, envelope, {
      ...userHeaders(user),
      "cache-control": "private, max-age=60, s-maxage=60",
      etag: `W/"${createHash("sha256").update(envelope.token).digest("hex")}"`,
    });
  };

  const details = (
    user: UserToken,
    { now }: ServiceRequest,
  ): Parameters<typeof createCopilotEnvelope>[0] => ({
    settings,
    now,
    apiUrl: settings.copilotEndpoint ?? addresses.copilot,
    trackingId: createHash("md5").update(user.login).digest("hex"),
  });

  return {
    name: "github-api",
    routes: [
      signedIn("/user", "user", (user, _request, reply) =>
        reply.json(
          200,
          {
            login: user.login,
            id: 583231,
            node_id: "MDQ6VXNlcjU4MzIzMQ==",
            type: "User",
            site_admin: false,
            name: "The Octocat",
            email: null,
            html_url: `${addresses.github}/${user.login}`,
          },
          userHeaders(user),
        ),
      ),
      signedIn("/copilot_internal/v2/token", "exchange", exchange),
      signedIn("/copilot_internal/user", "usage", (user, request, reply) =>
        isServerToken(user)
          ? refuse(reply, notAccessible, userHeaders(user))
          : reply.json(200, createCopilotUser(details(user, request), user.login), userHeaders(user)),
      ),
      route("POST /credentials/revoke", "revocation", ({ json, credential }, reply) => {
        const listed = isJsonObject(json) ? json["credentials"] : undefined;
        if (credential) return reply.json(403, { message: "Forbidden", status: "403" });
        if (!Array.isArray(listed) || !listed.every((entry) => typeof entry === "string")) {
          return reply.json(422, { message: "Validation Failed", status: "422" });
        }
        tokens.revoke((token) =>
          listed.some((entry) => entry === token.accessToken || entry === token.refreshToken),
        );
        return reply.json(202, {});
      }),
    ],
    admit: ({ headers, entry }, reply) => requireUserAgent(headers["user-agent"], entry, reply),
    notFound: (_request, reply) => refuse(reply, notFound),
  };
}

/** A token of Actions is no person's. */
function isServerToken({ accessToken }: UserToken): boolean {
  return accessToken.startsWith("ghs_");
}

function refusalOfApp(user: UserToken, app: GithubApp | undefined): Refusal | undefined {
  if (isServerToken(user)) return notAccessible;
  return app?.copilot ? undefined : notFound;
}

function refuse(reply: Reply, { status, body, headers }: Refusal, more: HeaderList = {}): Promise<void> {
  if (typeof body === "string") return reply.text(status, body, { ...more, ...headers });
  return reply.json(status, body, { ...more, ...headers });
}

/** Returns the headers that name the app of the token. */
function userHeaders({ clientId, scope }: UserToken): HeaderList {
  return {
    vary: "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, X-Requested-With",
    "x-github-media-type": "github.v3; format=json",
    "x-oauth-client-id": clientId,
    "x-oauth-scopes": scope.replaceAll(",", ", "),
    "x-ratelimit-limit": "15000",
    "x-ratelimit-remaining": "14999",
    "x-ratelimit-resource": "core",
  };
}
