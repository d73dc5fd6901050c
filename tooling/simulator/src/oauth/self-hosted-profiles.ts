import { type OAuthProfile, says, standard } from "./profile.ts";

const plain = { issuer: "$origin" } as const;

/** Servers that people host themselves, from their own pages. */
export const SELF_HOSTED_PROFILES: readonly OAuthProfile[] = [
  {
    name: "Keycloak",
    service: ["keycloak", { url: "$origin", realm: "main" }],
    base: "/realms/main",
    document: { at: "openid" },
  },
  {
    name: "Keycloak, a confidential client",
    service: ["keycloak", { url: "$origin", realm: "main" }],
    base: "/realms/main",
    document: { at: "openid", methods: ["client_secret_basic", "client_secret_post"] },
    client: { hasSecret: true },
  },
  {
    name: "Keycloak with PKCE",
    service: ["keycloak", { url: "$origin", realm: "main" }],
    base: "/realms/main",
    document: { at: "openid" },
    wants: { pkce: true },
  },
  {
    name: "PingOne",
    settings: { issuer: "$origin/env/as" },
    base: "/env/as",
    document: { at: "openid" },
  },
  {
    name: "PingAM",
    settings: { issuer: "$origin/am/oauth2/alpha", pkce: true },
    base: "/am/oauth2/alpha",
    document: { at: "openid" },
    wants: { pkce: true },
    says: { pending: says(403, "authorization_pending") },
  },
  {
    name: "Oracle IDCS",
    settings: { issuer: "$origin", scope: "urn:opc", parameters: { response_type: "device_code" } },
    document: { at: "openid" },
    wants: { scope: true, device: { response_type: "device_code" } },
    paths: { device: "/oauth2/v1/device" },
  },
  {
    name: "authentik",
    service: ["authentik", { url: "$origin", app: "one" }],
    base: "/application/o/one",
    document: { at: "openid", states: "$origin/application/o/one/" },
  },
  {
    name: "authentik, global issuer",
    service: ["authentik", { url: "$origin", app: "one" }],
    base: "/application/o/one",
    document: { at: "openid", states: "$origin/" },
  },
  {
    name: "FusionAuth, its default issuer",
    service: ["fusionauth", { url: "$origin" }],
    document: { at: "openid", states: "acme.com" },
    client: { hasSecret: true, device: "any" },
  },
  {
    name: "Dex",
    service: ["dex", { url: "$origin/dex" }],
    base: "/dex",
    document: {
      at: "openid",
      omits: ["revocation_endpoint"],
      methods: ["client_secret_basic", "client_secret_post"],
    },
    client: { hasSecret: true, device: "post", token: "post" },
    paths: { revocation: "" },
    says: { pending: says(401, "authorization_pending") },
  },
  {
    name: "Logto",
    service: ["logto", { url: "$origin" }],
    settings: { resource: "https://api.acme.example" },
    base: "/oidc",
    document: { at: "openid" },
    wants: { api: ["resource", "https://api.acme.example"] },
  },
  standard("Authelia", ["authelia", { url: "$origin" }]),
  standard("ZITADEL", ["zitadel", { url: "$origin" }]),
  {
    name: "Ory Hydra",
    service: ["hydra", { url: "$origin" }],
    document: { at: "openid" },
    paths: { device: "/oauth2/device/auth" },
  },
  { name: "Duende", settings: plain, document: { at: "openid" }, client: { hasSecret: true, device: "any" } },
  { name: "Spring", settings: plain, document: { at: "oauth" }, client: { hasSecret: true } },
  { name: "Curity", settings: plain, document: { at: "openid", catchAll: true } },
  {
    name: "INDIGO IAM",
    settings: { issuer: "$origin/" },
    document: { at: "openid" },
    client: { hasSecret: true },
  },
  {
    name: "Glewlwyd",
    service: ["glewlwyd", { url: "$origin" }],
    base: "/api/oidc",
    document: { at: "openid" },
    client: { hasSecret: true },
    says: { dead: [400, ""] },
  },
  {
    name: "Better Auth, its plugin",
    service: ["better-auth", { url: "$origin" }],
    paths: {
      device: "/api/auth/device/code",
      token: "/api/auth/device/token",
      revocation: "",
    },
    wants: { json: true },
    says: { refresh: "none" },
  },
  {
    name: "Authlib",
    settings: plain,
    document: { at: "oauth" },
    client: { hasSecret: true, idInBody: true },
  },
  { name: "WSO2", settings: plain, document: { at: "openid" }, client: { hasSecret: true, idInBody: true } },
  {
    name: "Allegro",
    settings: {
      endpoints: { token: "$origin/token", deviceAuthorization: "$origin/device" },
    },
    client: { hasSecret: true, idInBody: true },
    paths: { revocation: "" },
  },
  {
    name: "Supabase",
    settings: plain,
    document: {},
    says: { dead: [400, { code: 400, error_code: "refresh_token_not_found", msg: "Invalid Refresh Token" }] },
  },
];
