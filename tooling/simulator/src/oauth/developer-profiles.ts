import { type OAuthProfile, says, standard } from "./profile.ts";

const ENTRA_GUID = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const entra = (tenant: string, states: string | undefined, name: string): OAuthProfile => ({
  name,
  service: ["microsoft", { tenant }],
  origin: "https://login.microsoftonline.com",
  base: `/${tenant}/v2.0`,
  document: { at: "openid", states, omits: ["revocation_endpoint"], methods: ["client_secret_post"] },
  paths: {
    device: `/${tenant}/oauth2/v2.0/devicecode`,
    token: `/${tenant}/oauth2/v2.0/token`,
    revocation: "",
  },
  wants: { scope: true },
  says: { dead: [400, { error: "invalid_grant", error_codes: [700082], suberror: "bad_token" }] },
});
const github = {
  service: ["github"],
  origin: "https://github.com",
  paths: { device: "/login/device/code", token: "/login/oauth/access_token", revocation: "" },
} as const;
/** Identity and developer services, from their own pages. */
export const DEVELOPER_PROFILES: readonly OAuthProfile[] = [
  entra(ENTRA_GUID, undefined, "Microsoft, a directory by its id"),
  entra("common", "$origin/{tenantid}/v2.0", "Microsoft common"),
  entra("organizations", "$origin/{tenantid}/v2.0", "Microsoft organizations"),
  entra("consumers", "$origin/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "Microsoft consumers"),
  entra("contoso.onmicrosoft.com", `$origin/${ENTRA_GUID}/v2.0`, "Microsoft, a directory by its domain"),
  {
    ...entra("organizations", "$origin/{tenantid}/v2.0", "Azure DevOps"),
    service: ["azure-devops"],
    wants: {
      scope: true,
      api: ["scope", "499b84ac-1321-427f-aa17-267ca6975798/.default offline_access"],
      apiAtRefresh: ["grant_type", "refresh_token"],
    },
  },
  {
    ...entra(ENTRA_GUID, undefined, "Microsoft, an API of one's own (refresh with scope)"),
    settings: { scope: "api://acme/.default offline_access", refreshScope: "api://acme/.default" },
    wants: { scope: true, refresh: { scope: "api://acme/.default" } },
    says: { dead: says(400, "interaction_required") },
  },
  {
    name: "Google",
    service: ["google"],
    origin: "https://accounts.google.com",
    endpointOrigin: "https://oauth2.googleapis.com",
    document: { at: "openid" },
    client: { hasSecret: true, device: "any", token: "post" },
    wants: { scope: true },
    says: {
      deviceNames: { verification_uri: "verification_url" },
      pending: says(428, "authorization_pending"),
      refresh: "keeps",
    },
  },
  {
    ...github,
    name: "GitHub OAuth apps",
    says: { pending: says(200, "authorization_pending"), refresh: "none", omits: ["expires_in"] },
  },
  {
    ...github,
    name: "GitHub Apps",
    says: { pending: says(200, "authorization_pending"), dead: says(200, "bad_refresh_token") },
  },
  {
    name: "GitLab",
    service: ["gitlab"],
    origin: "https://gitlab.com",
    document: { omits: ["device_authorization_endpoint"] },
    paths: { device: "/oauth/authorize_device", token: "/oauth/token", revocation: "/oauth/revoke" },
  },
  {
    name: "GitLab, self-managed",
    service: ["gitlab", { url: "$origin" }],
    document: { omits: ["device_authorization_endpoint"] },
    client: { hasSecret: true },
    paths: { device: "/oauth/authorize_device", token: "/oauth/token", revocation: "/oauth/revoke" },
  },
  {
    name: "Auth0",
    service: ["auth0", { url: "$origin" }],
    settings: { audience: "https://api.acme.example" },
    base: "/",
    document: { at: "openid" },
    wants: { api: ["audience", "https://api.acme.example"], apiAtRefresh: ["grant_type", "refresh_token"] },
    says: { pending: says(403, "authorization_pending"), dead: says(403, "invalid_grant") },
  },
  {
    name: "Docker Hub",
    service: ["docker-hub"],
    origin: "https://login.docker.com",
    base: "/",
    document: { at: "openid" },
    wants: { api: ["audience", "https://hub.docker.com"], apiAtRefresh: ["grant_type", "refresh_token"] },
    says: { pending: says(403, "authorization_pending"), dead: says(403, "invalid_grant") },
  },
  {
    name: "Kinde",
    service: ["kinde", { url: "$origin" }],
    settings: { audience: "https://api.acme.example" },
    document: {},
    wants: { api: ["audience", "https://api.acme.example"] },
  },
  standard("Okta", ["okta", { url: "$origin" }], "/oauth2/default"),
  {
    ...standard("Hugging Face", ["huggingface"]),
    origin: "https://huggingface.co",
  },
  {
    name: "Vercel",
    service: ["vercel"],
    origin: "https://vercel.com",
    endpointOrigin: "https://api.vercel.com",
    document: { methods: ["client_secret_basic", "client_secret_post"] },
  },
  {
    name: "Sentry",
    service: ["sentry"],
    origin: "https://sentry.io",
    paths: { device: "/oauth/device/code/", token: "/oauth/token/", revocation: "" },
  },
  {
    name: "Buildkite",
    service: ["buildkite"],
    origin: "https://buildkite.com",
    paths: { device: "/oauth/device_authorization", token: "/oauth/token", revocation: "" },
  },
  { name: "Clerk", settings: { issuer: "$origin" }, document: {} },
  {
    name: "WorkOS",
    service: ["workos"],
    origin: "https://api.workos.com",
    paths: {
      device: "/user_management/authorize/device",
      token: "/user_management/authenticate",
      revocation: "",
    },
    says: { omits: ["token_type", "expires_in", "scope"] },
  },
];
