import { type Provider, TokenFlowError } from "@tokenflow/core";
import { redeemError } from "@tokenflow/core/provider";
import { isJsonObject } from "@tokenflow/core/store";

/** The provider of the rotating server; a sign-in is granted `grant-0` at once. */
export function createRotatingProvider(url: string): Provider {
  return {
    id: "rotating",
    name: "the rotating server",
    requestDeviceCode: async () => ({
      deviceCode: "device",
      userCode: "USER",
      verificationUri: url,
      lifetime: 60_000,
      interval: 10,
    }),
    pollDeviceCode: async () => ({ status: "granted", grant: { refresh_token: "grant-0" } }),
    async redeem({ refresh_token: grant }, { http }) {
      const form = { refresh_token: typeof grant === "string" ? grant : "" };
      const answer = await http({ method: "POST", url, form });
      const fields = isJsonObject(answer.json) ? answer.json : {};
      const { access_token: accessToken, refresh_token: next, expires_in: seconds } = fields;
      if (answer.status === 400)
        throw new TokenFlowError("session.revoked", "The grant is refused", { grantUnused: true });
      if (typeof accessToken !== "string" || typeof next !== "string")
        throw redeemError(answer, "the server");
      return {
        token: { accessToken, tokenType: "Bearer", lifetime: Number(seconds) * 1000 },
        grant: { refresh_token: next },
      };
    },
    grantReplay: () => "never",
  };
}
