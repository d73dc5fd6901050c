import type { ProviderContractOptions } from "@tokenflow/core/testing";
import { createHyperProvider } from "@tokenflow/provider-hyper";

const refreshToken = "hrt_planted-refresh-token-1";
const nextRefreshToken = "hrt_planted-refresh-token-2";
const accessToken = "eyJhbGciOiJIUzI1NiJ9.cGxhbnRlZA.access-1";
const grant = { refreshToken, teamId: "team_1", teamName: "Octo Team" };

export const hyperContract: ProviderContractOptions = {
  createProvider: () => createHyperProvider(),
  origins: ["https://hyper.charm.land"],
  secrets: ["planted-device-code-0001", refreshToken, nextRefreshToken, accessToken],
  deviceCode: {
    json: {
      device_code: "planted-device-code-0001",
      user_code: "WDJB-MJHT",
      verification_url: "https://hyper.charm.land/device",
      expires_in: 900,
      interval: 5,
    },
  },
  granted: {
    json: { refresh_token: refreshToken, user_id: "user_1", team_id: "team_1", team_name: "Octo Team" },
  },
  grant,
  redeemed: {
    json: {
      access_token: accessToken,
      token_type: "Bearer",
      refresh_token: nextRefreshToken,
      expiry: "2026-01-01T01:00:00Z",
      expires_in: 3600,
    },
  },
  accessToken,
  rotated: { ...grant, refreshToken: nextRefreshToken },
  identified: { json: { active: true, sub: "user_1", org_id: "team_1", exp: Date.UTC(2026, 0, 1) / 1000 } },
  models: {
    json: {
      name: "Hyper",
      models: [
        { id: "kimi", name: "Kimi", context_window: 1, can_reason: true, supports_attachments: false },
      ],
    },
  },
  usage: { json: { balance: 1, balance_usd: 2 } },
  refused: [
    { status: 401, json: { error: "could not get refresh token: not found" } },
    { status: 401, json: { error: "refresh token was revoked" } },
    { status: 400, json: { error: "invalid_grant" } },
    { status: 401, json: { error: { message: "refresh token is expired", type: "auth", code: null } } },
  ],
};
