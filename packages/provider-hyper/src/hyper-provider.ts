import {
  type DeviceCode,
  type Grant,
  type Provider,
  type Session,
  TokenFlowError,
  type Upstream,
} from "@tokenflow/core";
import {
  type Call,
  type HttpAnswer,
  type HttpRequest,
  type JsonObject,
  type PollResult,
  type Redemption,
  readDeviceCode,
  readPollError,
} from "@tokenflow/core/provider";
import { type HyperApiOptions, hyperApi, parseBase } from "./address.ts";
import { formatGrant, type HyperGrant, readGrant } from "./grant.ts";
import { hyperError } from "./hyper-error.ts";
import { createHyperUpstream } from "./upstream.ts";
import {
  hyperSecretPatterns,
  isRefusedGrant,
  readExchanged,
  readGranted,
  readIntrospection,
  wire,
} from "./wire.ts";

export interface HyperProviderOptions extends HyperApiOptions {
  /** The name in the person's list of signed-in devices. @default "TokenFlow" @example "Build server" */
  readonly deviceName?: string | undefined;
}

export interface HyperProvider extends Provider {
  readonly upstream: Upstream;
}

/**
 * Creates the provider of Charm Hyper. Its refresh tokens are single-use, and a reuse revokes the whole family, so a
 * grant is never sent twice while a token is alive.
 * @throws `provider.misconfigured` if credentials may not be sent to `url`
 * @example
 * const manager = createTokenManager({ provider: createHyperProvider() });
 */
export function createHyperProvider(options: HyperProviderOptions = {}): HyperProvider {
  const { url, deviceName = "TokenFlow", userAgent } = options;
  const base = parseBase(url);
  const headers: Readonly<Record<string, string>> =
    userAgent === undefined ? {} : { "user-agent": userAgent };
  const send = (
    { http, signal }: Call,
    request: Pick<HttpRequest, "method" | "json"> & { readonly path: string },
  ): Promise<HttpAnswer> =>
    http({ method: request.method, url: base + request.path, headers, json: request.json, signal });

  return {
    id: "hyper",
    name: "Charm Hyper",
    secretPatterns: hyperSecretPatterns,

    async requestDeviceCode(call): Promise<DeviceCode> {
      const answer = await send(call, {
        method: "POST",
        path: "/device/auth",
        json: wire.startBody(deviceName),
      });
      const code = readDeviceCode(answer);
      if (!code) throw hyperError(answer);
      return code;
    },

    /** The device code is part of the path, so the address is as secret as the code. */
    async pollDeviceCode({ deviceCode }, call): Promise<PollResult> {
      const answer = await send(call, {
        method: "GET",
        path: `/device/auth/${encodeURIComponent(deviceCode)}`,
      });
      const pending = readPollError(answer);
      if (pending) return pending;
      const grant = readGranted(answer);
      if (!grant) {
        throw new TokenFlowError("provider.malformed", "Hyper approved the sign-in without a refresh token", {
          hint: "Start the sign-in again.",
        });
      }
      return { status: "granted", grant: formatGrant(grant) };
    },

    async redeem(grant: Grant, call): Promise<Redemption> {
      const held = readGrant(grant);
      const answer = await send(call, {
        method: "POST",
        path: "/token/exchange",
        json: wire.exchangeBody(held.refreshToken),
      });
      const { token, refreshToken } = readExchanged(answer, call.clock.now());
      const next = refreshToken === undefined ? {} : { grant: formatGrant({ ...held, refreshToken }) };
      if (token) return { token: { ...token, details: detailsOf(held) }, ...next };
      // The token cannot be read, but the grant was rotated: only the new grant is still valid.
      if (next.grant) return next;
      if (isRefusedGrant(answer)) {
        throw new TokenFlowError("session.revoked", "Hyper no longer accepts this sign-in", {
          status: answer.status,
          hint: "Sign in to Hyper again.",
        });
      }
      throw hyperError(answer);
    },

    grantReplay: () => "never",

    async identify({ token, grant }: Session, call): Promise<{ readonly login: string }> {
      if (!token)
        throw new TokenFlowError("session.signed_out", "No access token available to look up the user");
      const answer = await send(call, {
        method: "POST",
        path: "/token/introspect",
        json: wire.introspectBody(token.accessToken),
      });
      const seen = readIntrospection(answer);
      if (!seen) throw hyperError(answer);
      const login = (grant ? readGrant(grant).teamName : undefined) ?? seen.subject;
      if (!seen.active || login === undefined) {
        throw new TokenFlowError("token.rejected", "Hyper does not recognise its own token");
      }
      return { login };
    },

    upstream: createHyperUpstream(hyperApi(options), headers),
  };
}

function detailsOf({ userId, teamId, teamName }: HyperGrant): JsonObject {
  return {
    ...(userId === undefined ? {} : { userId }),
    ...(teamId === undefined && teamName === undefined
      ? {}
      : {
          team: {
            ...(teamId === undefined ? {} : { id: teamId }),
            ...(teamName === undefined ? {} : { name: teamName }),
          },
        }),
  };
}
