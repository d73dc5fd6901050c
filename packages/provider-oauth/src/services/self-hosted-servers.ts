import { type OAuthService, ownAddress } from "./service.ts";

/** Servers that people host themselves. Each publishes a document, unless its row names endpoints. */
export const SELF_HOSTED_SERVERS: Readonly<Record<string, OAuthService>> = {
  keycloak: {
    name: "Keycloak",
    manual: "https://www.keycloak.org/securing-apps/oidc-layers",
    clients: "https://www.keycloak.org/docs/latest/server_admin/#_oidc_clients",
    variables: { ...ownAddress("https://sso.example.org"), realm: { about: "The realm" } },
    issuer: "$url/realms/$realm",
    scope: "openid offline_access",
  },
  authentik: {
    name: "authentik",
    manual: "https://docs.goauthentik.io/docs/providers/oauth2/device_code",
    clients: "https://docs.goauthentik.io/add-secure-apps/applications/manage_apps",
    variables: {
      ...ownAddress("https://auth.example.org"),
      app: { about: "The application's slug" },
    },
    // Its document states another issuer in the global mode.
    issuer: "$url/application/o/$app/.well-known/openid-configuration",
    scope: "openid offline_access",
  },
  zitadel: {
    name: "ZITADEL",
    manual: "https://zitadel.com/docs/guides/integrate/login/oidc/device-authorization",
    clients: "https://zitadel.com/docs/guides/manage/console/applications",
    variables: ownAddress("https://acme.zitadel.cloud"),
    issuer: "$url",
    scope: "openid profile offline_access",
  },
  hydra: {
    name: "Ory Hydra",
    manual: "https://www.ory.sh/docs/oauth2-oidc/device-authorization",
    clients: "https://www.ory.sh/docs/oauth2-oidc/overview/oauth2-concepts",
    variables: ownAddress("https://auth.example.org"),
    issuer: "$url",
    scope: "openid offline_access",
  },
  dex: {
    name: "Dex",
    manual: "https://dexidp.io/docs/guides/using-dex",
    clients: "https://dexidp.io/docs/guides/using-dex",
    variables: ownAddress("https://dex.example.org/dex"),
    issuer: "$url",
    scope: "openid offline_access",
    clientAuthentication: "client_secret_post",
  },
  authelia: {
    name: "Authelia",
    manual: "https://www.authelia.com/integration/openid-connect/introduction",
    clients: "https://www.authelia.com/configuration/identity-providers/openid-connect/clients",
    variables: ownAddress("https://auth.example.org"),
    issuer: "$url",
    scope: "openid offline_access",
  },
  logto: {
    name: "Logto",
    manual: "https://docs.logto.io/quick-starts/device-flow",
    clients: "https://docs.logto.io/integrate-logto/application-data-structure",
    variables: ownAddress("https://acme.logto.app"),
    needs: ["resource"],
    issuer: "$url/oidc",
    scope: "openid offline_access",
  },
  fusionauth: {
    name: "FusionAuth",
    manual: "https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints",
    clients: "https://fusionauth.io/docs/get-started/core-concepts/applications",
    variables: ownAddress("https://auth.example.org"),
    // Its issuer is "acme.com", no address, until it is changed.
    issuer: "$url/.well-known/openid-configuration",
    scope: "openid offline_access",
  },
  glewlwyd: {
    name: "Glewlwyd",
    manual: "https://github.com/babelouest/glewlwyd/blob/master/docs/OIDC.md",
    clients: "https://github.com/babelouest/glewlwyd/blob/master/docs/GETTING_STARTED.md",
    variables: {
      ...ownAddress("https://glewlwyd.example.org"),
      plugin: { about: "The name of its OpenID Connect plugin", default: "oidc" },
    },
    note: "It revokes tokens of confidential clients only.",
    issuer: "$url/api/$plugin",
    scope: "openid",
    emptyRefusal: true,
  },
  "better-auth": {
    name: "Better Auth",
    manual: "https://better-auth.com/docs/plugins/device-authorization",
    clients: "https://better-auth.com/docs/plugins/device-authorization",
    variables: ownAddress("https://app.example.org"),
    note: "The token is a session's, and has no refresh. With its OAuth provider, sign in by the issuer's address.",
    endpoints: {
      token: "$url/api/auth/device/token",
      deviceAuthorization: "$url/api/auth/device/code",
    },
    clientAuthentication: "none",
    wireFormat: { encoding: "json" },
  },
};
