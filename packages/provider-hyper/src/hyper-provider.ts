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
  requireSafeUrl,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";

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

export interface HyperProviderOptions {
  /** Where Hyper is: https, or http to loopback. @default "https://hyper.charm.land" */
  readonly url?: string | undefined;
  /** What the person's list of signed-in devices shows. @default "TokenFlow" */
  readonly deviceName?: string | undefined;
  /** @default "TokenFlow/<version>" */
  readonly userAgent?: string | undefined;
}

export interface HyperProvider extends Provider {
  readonly upstream: Upstream;
}

const HYPER = "https://hyper.charm.land";

/**
 * Charm Hyper. Its refresh tokens are single-use and their family is revoked at the first reuse, so a grant
 * is never sent twice while a token lives.
 * @throws `provider.misconfigured` where `url` is not an address that credentials may be sent to
 */
export function createHyperProvider(options: HyperProviderOptions = {}): HyperProvider {
  const { url = HYPER, deviceName = "TokenFlow", userAgent } = options;
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

    /** The device code is a part of the path here, so the address is as secret as the code. */
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
      // Rotated, but the token cannot be read: the new grant is all that is left of the session.
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
      if (!token) throw new TokenFlowError("session.signed_out", "There is no token to ask Hyper about");
      const answer = await send(call, {
        method: "POST",
        path: "/token/introspect",
        json: wire.introspectBody(token.accessToken),
      });
      const seen = readIntrospection(answer);
      if (!seen) throw hyperError(answer);
      const login = (grant ? readGrant(grant).teamName : undefined) ?? seen.subject;
      if (!seen.active || login === undefined) {
        throw new TokenFlowError("token.rejected", "Hyper does not recognise the token that it gave");
      }
      return { login };
    },

    upstream: createHyperUpstream(base, headers),
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

function parseBase(url: string): string {
  const { origin, pathname, search, hash } = requireSafeUrl(url);
  if (search || hash) {
    throw new TokenFlowError("provider.misconfigured", "Hyper's address has a query or a fragment", {
      hint: "Set HYPER_URL to an address like https://hyper.charm.land",
    });
  }
  return withoutTrailingSlash(origin + pathname);
}
