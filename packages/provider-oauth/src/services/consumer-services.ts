import type { OAuthService } from "./service.ts";

/** Services whose wire format is their own, most of them for people at home. */
export const CONSUMER_SERVICES: Readonly<Record<string, OAuthService>> = {
  salesforce: {
    name: "Salesforce",
    manual: "https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_device_flow.htm",
    source: "its own library for Node",
    clients: "https://help.salesforce.com/s/articleView?id=sf.connected_app_create.htm",
    variables: { url: { about: "The sign-in address", default: "https://login.salesforce.com" } },
    endpoints: {
      token: "$url/services/oauth2/token",
      deviceAuthorization: "$url/services/oauth2/token",
      revocation: "$url/services/oauth2/revoke",
    },
    scope: "api refresh_token",
    grantReplay: "always",
    wireFormat: {
      names: { device_code: "code" },
      deviceGrantType: "device",
      parameters: { device: { response_type: "device_code" } },
    },
  },
  twitch: {
    name: "Twitch",
    manual: "https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/#device-code-grant-flow",
    clients: "https://dev.twitch.tv/console/apps",
    endpoints: {
      token: "https://id.twitch.tv/oauth2/token",
      deviceAuthorization: "https://id.twitch.tv/oauth2/device",
      revocation: "https://id.twitch.tv/oauth2/revoke",
    },
    scope: "user:read:email",
    wireFormat: { names: { scope: "scopes" }, parameters: { poll: { scope: "$scope" } } },
  },
  trakt: {
    name: "Trakt",
    manual: "https://trakt.docs.apiary.io/#reference/authentication-devices",
    source: "a client for R",
    clients: "https://trakt.tv/oauth/applications",
    needs: ["clientSecret"],
    endpoints: {
      token: "https://api.trakt.tv/oauth/token",
      deviceAuthorization: "https://api.trakt.tv/oauth/device/code",
      poll: "https://api.trakt.tv/oauth/device/token",
      revocation: "https://api.trakt.tv/oauth/revoke",
    },
    clientAuthentication: "client_secret_post",
    wireFormat: {
      encoding: "json",
      names: { device_code: "code" },
      deviceGrantType: "",
      parameters: { refresh: { redirect_uri: "urn:ietf:wg:oauth:2.0:oob" } },
      statuses: {
        400: "authorization_pending",
        404: "invalid_device_code",
        409: "invalid_device_code",
        410: "expired_token",
        418: "access_denied",
        429: "slow_down",
      },
    },
  },
  discord: {
    name: "Discord",
    manual:
      "https://docs.discord.com/developers/discord-social-sdk/development-guides/account-linking-on-consoles",
    clients: "https://discord.com/developers/applications",
    endpoints: {
      token: "https://discord.com/api/oauth2/token",
      deviceAuthorization: "https://discord.com/api/oauth2/device/authorize",
      revocation: "https://discord.com/api/oauth2/token/revoke",
    },
    scope: "identify",
  },
  zoom: {
    name: "Zoom",
    manual: "https://developers.zoom.us/blog/device-authorization",
    clients: "https://marketplace.zoom.us",
    needs: ["clientSecret"],
    note: "Only for private apps. Zoom's support enables the device flow.",
    endpoints: {
      token: "https://zoom.us/oauth/token",
      deviceAuthorization: "https://zoom.us/oauth/devicecode",
      revocation: "https://zoom.us/oauth/revoke",
    },
    clientAuthentication: "client_secret_basic",
    wireFormat: { query: ["client_id"] },
  },
  yandex: {
    name: "Yandex",
    manual: "https://yandex.com/dev/id/doc/en/codes/screen-code-oauth",
    clients: "https://oauth.yandex.com/client/new",
    needs: ["clientSecret"],
    endpoints: {
      token: "https://oauth.yandex.com/token",
      deviceAuthorization: "https://oauth.yandex.com/device/code",
      revocation: "https://oauth.yandex.com/revoke_token",
    },
    wireFormat: { names: { device_code: "code" }, deviceGrantType: "device_code" },
  },
  amazon: {
    name: "Login with Amazon",
    manual: "https://developer.amazon.com/docs/login-with-amazon/retrieve-code-other-platforms-cbl-docs.html",
    clients: "https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html",
    endpoints: {
      token: "https://api.amazon.com/auth/o2/token",
      deviceAuthorization: "https://api.amazon.com/auth/o2/create/codepair",
    },
    scope: "profile",
    grantReplay: "always",
    wireFormat: {
      deviceGrantType: "device_code",
      parameters: { device: { response_type: "device_code" }, poll: { user_code: "$user_code" } },
    },
  },
  facebook: {
    name: "Facebook",
    manual: "https://developers.facebook.com/docs/facebook-login/for-devices",
    source: "a client for R",
    clients: "https://developers.facebook.com/apps",
    needs: ["clientSecret"],
    note: "The secret is the app's client token. Tokens last 60 days and have no refresh.",
    endpoints: {
      token: "https://graph.facebook.com/v2.6/device/login_status",
      deviceAuthorization: "https://graph.facebook.com/v2.6/device/login",
    },
    scope: "public_profile",
    clientAuthentication: "none",
    wireFormat: {
      names: { device_code: "code" },
      deviceGrantType: "",
      parameters: {
        device: { access_token: "$client_id|$client_secret" },
        poll: { access_token: "$client_id|$client_secret" },
      },
      words: { 1349174: "authorization_pending", 1349172: "slow_down", 1349152: "expired_token" },
    },
  },
};
