import type { DeviceCodeRecord, DeviceCodes, PollOutcome, Reply } from "@tokenflow/conformance/server";
import { route, type Service, type ServiceRequest, type World } from "../server/service.ts";
import { createVerificationRoutes } from "../sign-in/verification-page.ts";
import type { GithubTokens, UserToken } from "./github-tokens.ts";

interface GithubOptions {
  readonly world: World;
  readonly codes: DeviceCodes;
  readonly tokens: GithubTokens;
}

/** Flat, so that they can be form-encoded. */
type Members = Readonly<Record<string, string | number>>;

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** About half a year. */
const REFRESH_TOKEN_LIFETIME = 15_811_200;
const MANUAL = "https://docs.github.com/developers/apps/authorizing-oauth-apps";

/** Simulates github.com: the device flow, its page, and the renewal of expiring tokens. */
export function createGithub({ world: { settings, addresses }, codes, tokens }: GithubOptions): Service {
  const poll = (request: ServiceRequest, reply: Reply): Promise<void> => {
    const record = codes.find(request.fields["device_code"] ?? "");
    if (!record || record.clientId !== request.fields["client_id"]) {
      return error(request, reply, "incorrect_device_code");
    }
    const outcome = codes.poll(record, reply);
    request.entry.outcome = outcome;
    if (outcome === "granted") return send(request, reply, tokenAnswer(mint(record)));
    if (outcome === "reused") tokens.revoke(({ deviceCode }) => deviceCode === record.deviceCode);
    return error(
      request,
      reply,
      POLL_ERRORS[outcome],
      outcome === "slow_down" ? { interval: record.interval } : {},
    );
  };

  const mint = ({ login, clientId, scope, deviceCode }: DeviceCodeRecord): UserToken => {
    const isApp = settings.githubApps[clientId]?.prefix !== "gho";
    // A GitHub App has its own permissions: the requested scope does not count.
    return tokens.mint({ login, clientId, scope: isApp ? "" : scope.split(/\s+/).join(","), deviceCode });
  };

  const refresh = (request: ServiceRequest, reply: Reply): Promise<void> => {
    const token = tokens.refresh(request.fields["refresh_token"] ?? "");
    request.entry.outcome = token ? "granted" : "refused";
    return token ? send(request, reply, tokenAnswer(token)) : error(request, reply, "bad_refresh_token");
  };

  const tokenAnswer = ({ accessToken, refreshToken, scope }: UserToken): Members => ({
    access_token: accessToken,
    ...(refreshToken === undefined
      ? {}
      : {
          expires_in: settings.githubTokenLifetime,
          refresh_token: refreshToken,
          refresh_token_expires_in: REFRESH_TOKEN_LIFETIME,
        }),
    token_type: "bearer",
    scope,
  });

  return {
    name: "github",
    routes: [
      route("POST /login/device/code", "device_code", (request, reply) => {
        const { client_id: clientId = "", scope } = request.fields;
        const app = settings.githubApps[clientId];
        if (!app) return error(request, reply, "incorrect_client_credentials");
        if (!settings.deviceFlow) return error(request, reply, "device_flow_disabled");
        const record = codes.issue({
          appName: app.name,
          clientId,
          ...(scope === undefined ? {} : { scope }),
        });
        return send(request, reply, {
          device_code: record.deviceCode,
          user_code: record.userCode,
          verification_uri: `${addresses.github}/login/device`,
          expires_in: settings.deviceCodeLifetime,
          interval: record.interval,
        });
      }),
      route(
        "POST /login/oauth/access_token",
        (fields) => (fields["grant_type"] === "refresh_token" ? "refresh" : "poll"),
        (request, reply) => {
          const { client_id: clientId = "", grant_type: grantType } = request.fields;
          if (!settings.githubApps[clientId]) return error(request, reply, "incorrect_client_credentials");
          if (grantType === "refresh_token") return refresh(request, reply);
          if (grantType !== DEVICE_GRANT) return error(request, reply, "unsupported_grant_type");
          return poll(request, reply);
        },
      ),
      ...createVerificationRoutes({ path: "/login/device", service: "GitHub", codes }),
    ],
    admit: ({ headers, entry }, reply) => requireUserAgent(headers["user-agent"], entry, reply),
    notFound: (_request, reply) => reply.json(404, { error: "Not Found" }),
  };

  function error(request: ServiceRequest, reply: Reply, code: string, more: Members = {}): Promise<void> {
    request.entry.outcome ??= code;
    return send(request, reply, {
      error: code,
      error_description: DESCRIPTIONS[code] ?? "",
      error_uri: MANUAL,
      ...more,
    });
  }
}

const POLL_ERRORS: Readonly<Record<Exclude<PollOutcome, "granted">, string>> = {
  pending: "authorization_pending",
  slow_down: "slow_down",
  denied: "access_denied",
  expired: "expired_token",
  reused: "incorrect_device_code",
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  authorization_pending: "The authorization request is still pending.",
  slow_down: "Too many requests have been made in the same timeframe.",
  expired_token: "The device_code has expired.",
  access_denied: "The authorization request was denied.",
  incorrect_device_code: "The device_code provided is not valid.",
  incorrect_client_credentials: "The client_id passed is incorrect.",
  unsupported_grant_type: "The grant type is not supported.",
  device_flow_disabled: "Device Flow must be explicitly enabled for this App.",
  bad_refresh_token: "The refresh token passed is incorrect or expired.",
};

/** Answers form-encoded unless JSON is asked for, and always with 200, errors included. */
function send(request: ServiceRequest, reply: Reply, body: Members): Promise<void> {
  const headers = { "cache-control": "max-age=0, private, must-revalidate" };
  if (request.headers.accept?.includes("application/json")) return reply.json(200, body, headers);
  const members = Object.entries(body).map(([name, value]) => [name, String(value)]);
  return reply.text(200, new URLSearchParams(members).toString(), {
    ...headers,
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
  });
}

/** GitHub refuses requests without a `User-Agent`. */
export async function requireUserAgent(
  userAgent: string | undefined,
  entry: ServiceRequest["entry"],
  reply: Reply,
): Promise<boolean> {
  if (userAgent) return true;
  entry.outcome = "no_user_agent";
  await reply.text(
    403,
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n",
  );
  return false;
}
