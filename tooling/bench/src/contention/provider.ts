import { type Provider, TokenFlowError } from "@tokenflow/core";
import { isJsonObject } from "@tokenflow/core/provider";

/** The rotating server as a provider. Nobody signs in to it: its first grant is imported. */
export function createRotatingProvider(url: string, lifetime: number): Provider {
  return {
    id: "bench",
    name: "Bench",
    requestDeviceCode: () => Promise.reject(new Error("nobody signs in")),
    pollDeviceCode: () => Promise.reject(new Error("nobody signs in")),
    async redeem(grant, { http }) {
      const { status, json } = await http({
        method: "POST",
        url: `${url}/?grant=${Number(grant["generation"])}`,
      });
      const body = isJsonObject(json) ? json : {};
      const [token, generation] = [body["token"], body["grant"]];
      if (status !== 200 || typeof token !== "string" || typeof generation !== "number") {
        throw new TokenFlowError("session.revoked", "Bench refuses the grant");
      }
      return { token: { accessToken: token, tokenType: "bearer", lifetime }, grant: { generation } };
    },
    grantReplay: () => "never",
  };
}
