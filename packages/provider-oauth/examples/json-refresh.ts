/**
 * A provider of your own: an API that refreshes by `POST /auth/refresh` with a JSON body, rotates what it was
 * sent, and says when a token ends only in the token, a JWT. A refused refresh leads to a new sign-in.
 */
import { type Provider, TokenFlowError } from "@tokenflow/core";
import {
  type Call,
  isJsonObject,
  type JsonValue,
  readPollError,
  redeemError,
} from "@tokenflow/core/provider";

export function createExampleProvider(url: string, name = "Example API"): Provider {
  const post = async ({ http, signal }: Call, path: string, json: JsonValue) => {
    const answer = await http({ method: "POST", url: url + path, json, signal });
    const body = isJsonObject(answer.json) ? answer.json : {};
    return { answer, text: (field: string) => (typeof body[field] === "string" ? body[field] : "") };
  };
  return {
    id: "example",
    name,
    async requestDeviceCode(call) {
      const { answer, text } = await post(call, "/auth/device", {});
      const [deviceCode, userCode] = [text("deviceCode"), text("userCode")];
      if (!deviceCode || !userCode) throw redeemError(answer, name);
      return { deviceCode, userCode, verificationUri: `${url}/activate`, lifetime: 600_000, interval: 1_000 };
    },
    async pollDeviceCode({ deviceCode }, call) {
      const { answer, text } = await post(call, "/auth/poll", { deviceCode });
      const waiting = readPollError(answer);
      if (waiting) return waiting;
      if (!text("refreshToken")) throw redeemError(answer, name);
      return { status: "granted", grant: { refreshToken: text("refreshToken") } };
    },
    async redeem({ refreshToken = null }, call) {
      const { answer, text } = await post(call, "/auth/refresh", { refreshToken });
      const [accessToken, next] = [text("accessToken"), text("refreshToken")];
      // In the API's own words only: a proxy's 401 must not end the session.
      const refused = answer.status === 401 && text("error");
      if (refused) throw new TokenFlowError("session.revoked", `${name} wants a new sign-in`);
      if (!accessToken && !next) throw redeemError(answer, name);
      const grant = next ? { grant: { refreshToken: next } } : {};
      return accessToken ? { token: { accessToken, tokenType: "Bearer", lifetime: "jwt" }, ...grant } : grant;
    },
    grantReplay: () => "never",
  };
}
