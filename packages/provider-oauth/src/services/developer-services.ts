import { type OAuthService, ownAddress } from "./service.ts";

const ENTRA = "https://login.microsoftonline.com/$tenant/v2.0";
/** It issues refresh tokens without asking for consent again, which many directories allow to administrators only. */
const ENTRA_PAGE = { parameters: { authorize: { prompt: "select_account" } } };
const tenant = {
  about: 'The directory: its id or domain, or "common", "organizations", "consumers"',
  default: "common",
};

/** Identity and developer services, at one address or at one for each customer. */
export const DEVELOPER_SERVICES: Readonly<Record<string, OAuthService>> = {
  microsoft: {
    name: "Microsoft",
    manual: "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code",
    clients: "https://entra.microsoft.com",
    variables: { tenant },
    note: "The app registration must allow public client flows.",
    issuer: ENTRA,
    scope: "openid profile offline_access",
    clientAuthentication: "none",
    wireFormat: ENTRA_PAGE,
    grantReplay: "always",
  },
  "azure-devops": {
    name: "Azure DevOps",
    manual: "https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra-oauth",
    clients: "https://entra.microsoft.com",
    variables: { tenant: { ...tenant, default: "organizations" } },
    note: "The app registration must allow public client flows.",
    issuer: ENTRA,
    scope: "499b84ac-1321-427f-aa17-267ca6975798/.default offline_access",
    clientAuthentication: "none",
    wireFormat: ENTRA_PAGE,
    grantReplay: "always",
  },
  google: {
    name: "Google",
    manual: "https://developers.google.com/identity/protocols/oauth2/limited-input-device",
    clients: "https://console.cloud.google.com/apis/credentials",
    needs: ["clientSecret"],
    note: "Only openid, email, profile, drive.file, drive.appdata and YouTube scopes. Refresh tokens of projects in testing end after 7 days.",
    issuer: "https://accounts.google.com",
    origins: ["https://oauth2.googleapis.com", "https://openidconnect.googleapis.com"],
    scope: "openid email",
    clientAuthentication: "client_secret_post",
    // In the browser it issues a refresh token only for these.
    wireFormat: { parameters: { authorize: { access_type: "offline", prompt: "consent" } } },
    grantReplay: "always",
  },
  github: {
    name: "GitHub",
    manual:
      "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow",
    clients: "https://github.com/settings/developers",
    variables: { url: { about: "The address of GitHub", default: "https://github.com" } },
    note: "The app must have the device flow enabled. Tokens of OAuth apps have no end and no refresh.",
    endpoints: {
      token: "$url/login/oauth/access_token",
      deviceAuthorization: "$url/login/device/code",
    },
    clientAuthentication: "none",
  },
  gitlab: {
    name: "GitLab",
    manual: "https://docs.gitlab.com/api/oauth2/#device-authorization-grant-flow",
    clients: "https://gitlab.com/-/user_settings/applications",
    variables: { url: { about: "The address of GitLab", default: "https://gitlab.com" } },
    issuer: "$url",
    endpoints: { token: "$url/oauth/token", deviceAuthorization: "$url/oauth/authorize_device" },
    scope: "openid read_user",
  },
  auth0: {
    name: "Auth0",
    manual:
      "https://auth0.com/docs/get-started/authentication-and-authorization-flow/device-authorization-flow",
    clients: "https://manage.auth0.com",
    variables: ownAddress("https://acme.eu.auth0.com"),
    needs: ["audience"],
    issuer: "$url/",
    scope: "openid profile offline_access",
  },
  okta: {
    name: "Okta",
    manual: "https://developer.okta.com/docs/guides/device-authorization-grant/main",
    clients: "https://developer.okta.com/docs/guides/device-authorization-grant/main",
    variables: {
      ...ownAddress("https://acme.okta.com"),
      server: { about: "The authorization server", default: "default" },
    },
    issuer: "$url/oauth2/$server",
    scope: "openid profile offline_access",
  },
  kinde: {
    name: "Kinde",
    manual: "https://docs.kinde.com/authenticate/device-authorization-flow/overview",
    clients: "https://app.kinde.com",
    variables: ownAddress("https://acme.kinde.com"),
    needs: ["audience"],
    issuer: "$url",
    scope: "openid offline",
  },
  "docker-hub": {
    name: "Docker Hub",
    manual: "https://docs.docker.com/reference/cli/docker/login",
    source: "its metadata",
    clients: "https://docs.docker.com/security/access-tokens",
    noClients:
      "Docker registers no clients for other programs. Its documented way is a personal access token: docker login.",
    issuer: "https://login.docker.com/",
    scope: "openid offline_access",
    audience: "https://hub.docker.com",
  },
  huggingface: {
    name: "Hugging Face",
    manual: "https://huggingface.co/docs/hub/oauth",
    source: "its metadata, as a survey has it",
    clients: "https://huggingface.co/settings/applications/new",
    issuer: "https://huggingface.co",
    scope: "openid profile",
  },
  vercel: {
    name: "Vercel",
    manual: "https://vercel.com/docs/sign-in-with-vercel",
    source: "its metadata",
    clients: "https://vercel.com/docs/sign-in-with-vercel/manage-from-dashboard",
    issuer: "https://vercel.com",
    origins: ["https://api.vercel.com"],
    scope: "openid offline_access",
    clientAuthentication: "none",
  },
  sentry: {
    name: "Sentry",
    manual: "https://docs.sentry.io/api/auth",
    source: "its own command line",
    clients: "https://sentry.io/settings/account/api/applications",
    variables: { url: { about: "The address of Sentry", default: "https://sentry.io" } },
    endpoints: {
      token: "$url/oauth/token/",
      deviceAuthorization: "$url/oauth/device/code/",
    },
    scope: "org:read project:read",
  },
  buildkite: {
    name: "Buildkite",
    manual: "https://buildkite.com/docs/apis/oauth-device-authorization",
    clients: "https://buildkite.com/docs/apis/oauth-device-authorization",
    endpoints: {
      token: "https://buildkite.com/oauth/token",
      deviceAuthorization: "https://buildkite.com/oauth/device_authorization",
    },
  },
  workos: {
    name: "WorkOS",
    manual: "https://workos.com/docs/reference/authkit/cli-auth",
    clients: "https://dashboard.workos.com",
    endpoints: {
      token: "https://api.workos.com/user_management/authenticate",
      deviceAuthorization: "https://api.workos.com/user_management/authorize/device",
    },
    clientAuthentication: "none",
  },
};
