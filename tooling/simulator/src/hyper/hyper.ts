import type { DeviceCodes, PollOutcome, Reply } from "@tokenflow/conformance/server";
import { isJsonObject, type JsonObject } from "@tokenflow/conformance/server";
import { route, type Service, type ServiceRequest, type World } from "../server/service.ts";
import { createVerificationRoutes } from "../sign-in/verification-page.ts";
import { createHyperApi } from "./hyper-api.ts";
import { type AccessToken, type HyperFamilies, team } from "./hyper-families.ts";

interface HyperOptions {
  readonly world: World;
  readonly codes: DeviceCodes;
  readonly families: HyperFamilies;
}

/** Simulates Hyper: sign-in at the root, rotation with families, and the API under `/v1`. */
export function createHyper({ world, codes, families }: HyperOptions): Service {
  const { settings, addresses } = world;

  const poll = ({ rest, entry }: ServiceRequest, reply: Reply): Promise<void> => {
    const record = codes.find(rest);
    if (!record) return reply.json(200, { error: "invalid_grant", error_description: "unknown code" });
    const outcome = codes.poll(record, reply);
    entry.outcome = outcome;
    if (outcome === "reused") families.revoke(({ deviceCode }) => deviceCode === rest);
    if (outcome !== "granted") return reply.json(200, POLL_ERRORS[outcome]);
    const family = families.create(record.login, rest);
    return reply.json(200, {
      refresh_token: family.grant,
      user_id: family.userId,
      team_id: team.id,
      team_name: team.name,
    });
  };

  const tokenAnswer = ({ accessToken, family, expiresAt }: AccessToken): JsonObject => ({
    access_token: accessToken,
    token_type: "Bearer",
    refresh_token: family.grant,
    expiry: new Date(expiresAt * 1000).toISOString(),
    ...(settings.hyperExpiry === "expires_in"
      ? { expires_in: settings.hyperTokenLifetime }
      : { expires_at: expiresAt }),
  });

  return {
    name: "hyper",
    routes: [
      route("POST /device/auth", "device_code", (request, reply) => {
        const name = textIn(request, "device_name");
        if (name === undefined) return badRequest(reply, "device_name is required");
        const record = codes.issue({ appName: name });
        return reply.json(200, {
          device_code: record.deviceCode,
          user_code: record.userCode,
          verification_url: `${addresses.hyper}/device`,
          expires_in: settings.deviceCodeLifetime,
          interval: record.interval,
        });
      }),
      route("GET /device/auth/*", "poll", poll),
      route("POST /token/exchange", "exchange", (request, reply) => {
        const grant = textIn(request, "refresh_token");
        if (grant === undefined) return badRequest(reply, "refresh_token is required");
        const token = families.redeem(grant, request.now);
        request.entry.outcome = typeof token === "string" ? token : "granted";
        return typeof token === "string"
          ? reply.json(401, { error: "could not get refresh token: not found" })
          : reply.json(200, tokenAnswer(token));
      }),
      route("POST /token/introspect", "introspection", (request, reply) => {
        const asked = textIn(request, "token");
        if (asked === undefined) return badRequest(reply, "token is required");
        const token = families.find(asked);
        if (token === undefined || token === "expired") return reply.json(200, { active: false });
        return reply.json(200, {
          active: true,
          sub: token.family.userId,
          org_id: team.id,
          exp: token.expiresAt,
          iat: token.issuedAt,
          iss: addresses.hyper,
          jti: token.id,
        });
      }),
      ...createVerificationRoutes({ path: "/device", service: "Hyper", codes }),
      ...createHyperApi(world, families),
    ],
    notFound: (_request, reply) => reply.json(404, { error: "not found" }),
  };
}

/** Every answer to a poll is a 200, errors included. */
const POLL_ERRORS: Readonly<Record<Exclude<PollOutcome, "granted">, JsonObject>> = {
  pending: { error: "authorization_pending" },
  slow_down: { error: "slow_down", error_description: "polling too fast" },
  denied: { error: "access_denied", error_description: "the request was denied" },
  expired: { error: "expired_token", error_description: "the code has expired" },
  reused: { error: "invalid_grant", error_description: "the code was used before" },
};

/** Hyper accepts JSON only, although OAuth uses forms. */
function textIn({ headers, json }: ServiceRequest, field: string): string | undefined {
  if (!headers["content-type"]?.startsWith("application/json") || !isJsonObject(json)) return undefined;
  const value = json[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function badRequest(reply: Reply, message: string): Promise<void> {
  return reply.json(400, { error: message });
}
