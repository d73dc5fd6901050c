// Loaded by the first request otherwise, for which no fake clock waits.
import "ky";
import { type Grant, type Provider, TokenFlowError } from "@tokenflow/core";
import {
  type GrantReplay,
  type HttpAnswer,
  isJsonObject,
  readPollError,
  redeemError,
} from "@tokenflow/core/provider";

export interface TestProviderOptions {
  readonly replay?: GrantReplay | undefined;
  readonly redeemInvalidatesToken?: true | undefined;
  readonly identify?: Provider["identify"];
  readonly revoke?: Provider["revoke"];
}

export const HOST = "https://auth.example.org";

/** A minimal provider in the style of OAuth, with JSON bodies and a refresh token that may rotate. */
export function createTestProvider(options: TestProviderOptions = {}): Provider {
  const { replay = "never", redeemInvalidatesToken, identify, revoke } = options;
  return {
    id: "test",
    name: "Test Service",
    ...(redeemInvalidatesToken ? { redeemInvalidatesToken } : {}),
    ...(identify ? { identify } : {}),
    ...(revoke ? { revoke } : {}),
    async requestDeviceCode({ http, signal }) {
      const { json, status } = await http({ method: "POST", url: `${HOST}/device`, json: {}, signal });
      if (!isJsonObject(json) || typeof json["device_code"] !== "string") {
        throw new TokenFlowError("provider.unavailable", `The service answered ${status}`, { status });
      }
      return {
        deviceCode: json["device_code"],
        userCode: String(json["user_code"]),
        verificationUri: `${HOST}/activate`,
        lifetime: Number(json["expires_in"]) * 1000,
        ...(json["interval"] === undefined ? {} : { interval: Number(json["interval"]) * 1000 }),
      };
    },
    async pollDeviceCode({ deviceCode }, { http, signal }) {
      const answer = await http({
        method: "POST",
        url: `${HOST}/poll`,
        json: { device_code: deviceCode },
        signal,
      });
      const known = readPollError(answer);
      if (known) return known;
      return { status: "granted", grant: { refresh_token: String(field(answer, "refresh_token")) } };
    },
    async redeem(grant: Grant, { http }) {
      const answer = await http({ method: "POST", url: `${HOST}/token`, json: grant });
      if (answer.status !== 200) {
        const error = field(answer, "error");
        if (error === "invalid_grant") {
          throw new TokenFlowError("session.revoked", "The grant is refused", {
            status: answer.status,
            reason: error,
            grantUnused: true,
          });
        }
        throw redeemError(answer, "Test Service");
      }
      const accessToken = field(answer, "access_token");
      const rotated = field(answer, "refresh_token");
      const lifetime = field(answer, "expires_in");
      const dueIn = field(answer, "refresh_in");
      return {
        ...(typeof accessToken === "string"
          ? {
              token: {
                accessToken,
                tokenType: "Bearer",
                lifetime: lifetime === "jwt" || lifetime === "none" ? lifetime : Number(lifetime) * 1000,
                ...(dueIn === undefined ? {} : { dueIn: Number(dueIn) * 1000 }),
              },
            }
          : {}),
        ...(typeof rotated === "string" ? { grant: { refresh_token: rotated } } : {}),
      };
    },
    grantReplay: () => replay,
  };
}

function field({ json }: HttpAnswer, name: string): unknown {
  return isJsonObject(json) ? json[name] : undefined;
}
