import type { ProviderContractOptions } from "@tokenflow/core/testing";
import { createOAuthProvider, type OAuthProviderOptions } from "@tokenflow/provider-oauth";

const server = "https://login.example.org/token";
const clientId = "our-client";
const clientSecret = "planted-client-secret-0001";
const refreshToken = "planted-refresh-token-0001";
const nextRefreshToken = "planted-refresh-token-0002";
const accessToken = "eyJhbGciOiJIUzI1NiJ9.cGxhbnRlZA.access-1";

export const options: OAuthProviderOptions = {
  endpoints: {
    token: server,
    deviceAuthorization: "https://login.example.org/device",
    revocation: "https://login.example.org/revoke",
    introspection: "https://login.example.org/introspect",
  },
  clientId,
  clientSecret,
  scope: "openid offline_access",
};

const answered = { access_token: accessToken, token_type: "bearer", expires_in: 3600 };

export const oauthContract: ProviderContractOptions = {
  createProvider: () => createOAuthProvider(options),
  origins: ["https://login.example.org"],
  secrets: ["planted-device-code-0001", clientSecret, refreshToken, nextRefreshToken, accessToken],
  deviceCode: {
    json: {
      device_code: "planted-device-code-0001",
      user_code: "WDJB-MJHT",
      verification_uri: "https://login.example.org/activate",
      verification_uri_complete: "https://login.example.org/activate?user_code=WDJB-MJHT",
      expires_in: "900",
      interval: 5,
    },
  },
  granted: { json: { ...answered, refresh_token: refreshToken } },
  grant: { server, clientId, refreshToken },
  redeemed: { json: { ...answered, refresh_token: nextRefreshToken } },
  accessToken,
  rotated: { server, clientId, refreshToken: nextRefreshToken },
  refused: [
    { status: 400, json: { error: "invalid_grant" } },
    { status: 400, json: { error: "invalid_grant", error_description: "Token is not active" } },
    { status: 401, json: { error: "invalid_grant" } },
    { status: 403, json: { error: "invalid_grant" } },
  ],
};
