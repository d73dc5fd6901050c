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
 * Creates a provider from three requests, without a loop: core waits, stores, locks and refreshes. Only `wire.ts`
 * knows the format of the service's responses.
 * @throws `provider.misconfigured` if credentials may not be sent to `url`
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
      // A rotated grant is kept even if the token cannot be read.
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

    // "always" if a grant may be sent twice, { within } if a second use is accepted for a time.
    grantReplay: () => "never",

    upstream: {
      baseUrl: `${base}/v1`,
      address: () => `${base}/v1`,
      headers: () => ({}),
      isTokenRejected: ({ status }) => status === 401,
    },
  };
}
