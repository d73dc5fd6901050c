import { Token } from "@tokenflow/core";
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
    authorization: "https://login.example.org/authorize",
    revocation: "https://login.example.org/revoke",
    introspection: "https://login.example.org/introspect",
  },
  clientId,
  clientSecret,
  scope: "openid offline_access",
};

const answered = { access_token: accessToken, token_type: "bearer", expires_in: 3600 };

const introspected = {
  json: { active: true, username: "somebody", sub: "1", scope: "openid", exp: Date.UTC(2026, 0, 1) / 1000 },
};

const deviceCode = {
  device_code: "planted-device-code-0001",
  user_code: "WDJB-MJHT",
  verification_uri: "https://login.example.org/activate",
  verification_uri_complete: "https://login.example.org/activate?user_code=WDJB-MJHT",
  expires_in: "900",
  interval: 5,
};
/** As an issuer's document, and as whatever is asked next. */
const metadata = {
  issuer: "https://login.example.org",
  token_endpoint: server,
  device_authorization_endpoint: "https://login.example.org/device",
  revocation_endpoint: "https://login.example.org/revoke",
  introspection_endpoint: "https://login.example.org/introspect",
  token_endpoint_auth_methods_supported: ["client_secret_post"],
  ...deviceCode,
};
const idToken = `e30.${btoa('{"sub":"1"}')}.sig`;

export const oauthContract: ProviderContractOptions = {
  createProvider: () => createOAuthProvider(options),
  origins: ["https://login.example.org"],
  secrets: ["planted-device-code-0001", clientSecret, refreshToken, nextRefreshToken, accessToken],
  deviceCode: { json: deviceCode },
  granted: { json: { ...answered, refresh_token: refreshToken } },
  grant: { server, clientId, refreshToken },
  redeemed: { json: { ...answered, id_token: idToken, scope: "openid", refresh_token: nextRefreshToken } },
  accessToken,
  rotated: { server, clientId, refreshToken: nextRefreshToken },
  identified: introspected,
  extraRequests: [
    {
      name: "an introspection",
      answers: [introspected],
      ask: (call) =>
        createOAuthProvider(options).introspect(new Token({ accessToken, issuedAt: call.clock.now() }), call),
    },
    {
      name: "a revocation",
      answers: [{ json: {} }],
      ask: async (call) =>
        createOAuthProvider(options).revoke?.(
          { provider: "oauth:login.example.org", account: "default", grant: { refreshToken } },
          call,
        ),
    },
    {
      name: "a look for the server's places",
      answers: [{ json: metadata }],
      ask: (call) => createOAuthProvider({ issuer: metadata.issuer, clientId }).requestDeviceCode(call),
    },
  ],
  refused: [
    { status: 400, json: { error: "invalid_grant" } },
    { status: 400, json: { error: "invalid_grant", error_description: "Token is not active" } },
    { status: 401, json: { error: "invalid_grant" } },
    { status: 403, json: { error: "invalid_grant" } },
  ],
};
