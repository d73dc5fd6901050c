import { type OAuthProfile, says } from "./profile.ts";

/** Services with a wire format of their own, from their own pages. */
export const CONSUMER_PROFILES: readonly OAuthProfile[] = [
  {
    name: "Salesforce",
    service: ["salesforce"],
    origin: "https://login.salesforce.com",
    paths: {
      device: "/services/oauth2/token",
      token: "/services/oauth2/token",
      revocation: "/services/oauth2/revoke",
    },
    wants: { device: { response_type: "device_code" }, codeName: "code", grantType: "device" },
    says: { refresh: "keeps", omits: ["expires_in"] },
  },
  {
    name: "Twitch",
    service: ["twitch"],
    origin: "https://id.twitch.tv",
    paths: { device: "/oauth2/device", token: "/oauth2/token", revocation: "/oauth2/revoke" },
    wants: { device: { scopes: "" }, poll: { scopes: "" } },
    says: {
      pending: [400, { status: 400, message: "authorization_pending" }],
      scopeIsList: true,
      dead: [400, { error: "Bad Request", status: 400, message: "Invalid refresh token" }],
    },
  },
  {
    name: "Trakt",
    service: ["trakt"],
    origin: "https://api.trakt.tv",
    paths: {
      device: "/oauth/device/code",
      token: "/oauth/token",
      poll: "/oauth/device/token",
      revocation: "/oauth/revoke",
    },
    client: { hasSecret: true, device: "any", token: "post" },
    wants: { json: true, codeName: "code", grantType: "", refresh: { redirect_uri: "" } },
    says: {
      pending: [400, ""],
      deviceNames: { verification_uri: "verification_url" },
      dead: says(401, "invalid_grant"),
    },
  },
  {
    name: "Facebook",
    service: ["facebook"],
    origin: "https://graph.facebook.com",
    paths: { device: "/v2.6/device/login", token: "/v2.6/device/login_status", revocation: "" },
    client: { hasSecret: true, device: "none", token: "none" },
    wants: {
      device: { access_token: "$client_id|$secret" },
      poll: { access_token: "$client_id|$secret" },
      codeName: "code",
      grantType: "",
    },
    says: {
      deviceNames: { device_code: "code" },
      pending: [400, { error: { message: "not yet", code: 31, error_subcode: 1_349_174 } }],
      refresh: "none",
      omits: ["token_type", "scope"],
    },
  },
  {
    name: "Zoom",
    service: ["zoom"],
    origin: "https://zoom.us",
    paths: { device: "/oauth/devicecode", token: "/oauth/token", revocation: "/oauth/revoke" },
    client: { hasSecret: true },
    wants: { query: ["client_id"] },
  },
  {
    name: "Discord",
    service: ["discord"],
    origin: "https://discord.com",
    paths: {
      device: "/api/oauth2/device/authorize",
      token: "/api/oauth2/token",
      revocation: "/api/oauth2/token/revoke",
    },
  },
  {
    name: "Yandex",
    service: ["yandex"],
    origin: "https://oauth.yandex.com",
    paths: { device: "/device/code", token: "/token", revocation: "/revoke_token" },
    client: { hasSecret: true, device: "any" },
    wants: { codeName: "code", grantType: "device_code" },
    says: { deviceNames: { verification_uri: "verification_url" } },
  },
  {
    name: "Login with Amazon",
    service: ["amazon"],
    origin: "https://api.amazon.com",
    paths: { device: "/auth/o2/create/codepair", token: "/auth/o2/token", revocation: "" },
    wants: {
      device: { response_type: "device_code", scope: "" },
      poll: { user_code: "$user_code" },
      grantType: "device_code",
    },
    says: { refresh: "keeps" },
  },
  {
    name: "Navigraph",
    settings: { endpoints: { token: "$origin/token", deviceAuthorization: "$origin/device" }, pkce: true },
    wants: { pkce: true },
    paths: { revocation: "" },
  },
];
