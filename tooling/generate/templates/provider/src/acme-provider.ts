import { type Provider, TokenFlowError } from "@tokenflow/core";
import {
  type Call,
  type HttpAnswer,
  type JsonValue,
  readDeviceCode,
  readPollError,
  redeemError,
  requireSafeUrl,
} from "@tokenflow/core/provider";

import { isRefused, readRefreshToken, readToken, refreshTokenOf } from "./wire.ts";

export interface AcmeProviderOptions {
  /** https, or http to loopback. @default "https://acme.example" */
  readonly url?: string | undefined;
}

const SERVICE = "https://acme.example";
const NAME = "Acme";

/**
 * A service that people sign in to, as three requests and no loop: waiting, storing, locking and refreshing
 * are core's. What the service's answers look like is known to `wire.ts` alone.
 * @throws `provider.misconfigured` where `url` is not an address that credentials may be sent to
 */
export function createAcmeProvider({ url = SERVICE }: AcmeProviderOptions = {}): Provider {
  const base = requireSafeUrl(url).origin;
  const post = ({ http, signal }: Call, path: string, json: JsonValue): Promise<HttpAnswer> =>
    http({ method: "POST", url: base + path, json, signal });

  return {
    id: "acme",
    name: NAME,

    async requestDeviceCode(call) {
      const answer = await post(call, "/auth/device", {});
      const code = readDeviceCode(answer);
      if (!code) throw redeemError(answer, NAME);
      return code;
    },

    async pollDeviceCode({ deviceCode }, call) {
      const answer = await post(call, "/auth/poll", { device_code: deviceCode });
      const waiting = readPollError(answer);
      if (waiting) return waiting;
      const refreshToken = readRefreshToken(answer);
      if (refreshToken === undefined) throw redeemError(answer, NAME);
      return { status: "granted", grant: { refreshToken } };
    },

    async redeem(grant, call) {
      const answer = await post(call, "/auth/token", { refresh_token: refreshTokenOf(grant, NAME) });
      const refreshToken = readRefreshToken(answer);
      // The two parts are read apart: a grant that was rotated survives a token that cannot be read.
      const next = refreshToken === undefined ? {} : { grant: { refreshToken } };
      const token = readToken(answer);
      if (token) return { token, ...next };
      if (next.grant) return next;
      if (isRefused(answer)) {
        throw new TokenFlowError("session.revoked", `${NAME} no longer accepts this sign-in`, {
          status: answer.status,
          hint: `Sign in to ${NAME} again.`,
        });
      }
      throw redeemError(answer, NAME);
    },

    // "always" where a grant may be sent twice, { within } where a second use is forgiven for a time.
    grantReplay: () => "never",

    upstream: {
      baseUrl: `${base}/v1`,
      address: () => `${base}/v1`,
      headers: () => ({}),
      isTokenRejected: ({ status }) => status === 401,
    },
  };
}
