/**
 * A provider of your own: an API that refreshes by `POST /auth/refresh` with a JSON body, rotates what it was
 * sent, and says when a token ends only in the token, a JWT. A refused refresh leads to a new sign-in.
 */
import {
  type Call,
  type HttpAnswer,
  isJsonObject,
  type JsonValue,
  type Provider,
  readPollError,
  redeemError,
  TokenFlowError,
} from "@tokenflow/core";

export function createExampleProvider(url: string): Provider {
  const post = ({ http, signal }: Call, path: string, json: JsonValue): Promise<HttpAnswer> =>
    http({ method: "POST", url: url + path, json, signal });
  const read = ({ status, json }: HttpAnswer, name: string): string | undefined => {
    const value = status === 200 && isJsonObject(json) ? json[name] : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    id: "example",
    name: "Example API",
    async requestDeviceCode(call) {
      const answer = await post(call, "/auth/device", {});
      const [deviceCode, userCode] = [read(answer, "deviceCode"), read(answer, "userCode")];
      if (!deviceCode || !userCode) throw redeemError(answer, "Example API");
      return { deviceCode, userCode, verificationUri: `${url}/activate`, lifetime: 600_000, interval: 1_000 };
    },
    async pollDeviceCode({ deviceCode }, call) {
      const answer = await post(call, "/auth/poll", { deviceCode });
      const waiting = readPollError(answer);
      if (waiting) return waiting;
      const refreshToken = read(answer, "refreshToken");
      if (!refreshToken) throw redeemError(answer, "Example API");
      return { status: "granted", grant: { refreshToken } };
    },
    async redeem({ refreshToken = null }, call) {
      const answer = await post(call, "/auth/refresh", { refreshToken });
      const [accessToken, next] = [read(answer, "accessToken"), read(answer, "refreshToken")];
      const grant = next === undefined ? {} : { grant: { refreshToken: next } };
      if (accessToken) return { token: { accessToken, tokenType: "Bearer", lifetime: "jwt" }, ...grant };
      const refused = answer.status === 401 && isJsonObject(answer.json) && "error" in answer.json;
      if (refused) throw new TokenFlowError("session.revoked", "Example API wants a new sign-in");
      throw redeemError(answer, "Example API");
    },
    grantReplay: () => "never",
  };
}
