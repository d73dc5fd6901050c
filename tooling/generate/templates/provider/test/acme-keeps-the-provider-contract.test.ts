import { type ProviderContractOptions, providerContract } from "@tokenflow/core/testing";
import { createAcmeProvider } from "@tokenflow/provider-acme";
import { test } from "vitest";

// Real responses of the service, with planted secrets that appear nowhere else.
const deviceCode = "planted-device-code-0001";
const refreshToken = "planted-refresh-token-01";
const nextRefreshToken = "planted-refresh-token-02";
const accessToken = "planted-access-token-0001";

const contract: ProviderContractOptions = {
  createProvider: () => createAcmeProvider(),
  origins: ["https://acme.example"],
  secrets: [deviceCode, refreshToken, nextRefreshToken, accessToken],
  deviceCode: {
    json: {
      device_code: deviceCode,
      user_code: "WDJB-MJHT",
      verification_uri: "https://acme.example/device",
      expires_in: 900,
      interval: 5,
    },
  },
  granted: { json: { refresh_token: refreshToken } },
  grant: { refreshToken },
  redeemed: { json: { access_token: accessToken, expires_in: 3600, refresh_token: nextRefreshToken } },
  accessToken,
  rotated: { refreshToken: nextRefreshToken },
  refused: [{ status: 400, json: { error: "invalid_grant" } }],
};

for (const { name, run } of providerContract(contract)) test(name, run);
