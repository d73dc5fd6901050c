// @octokit/auth-oauth-device: its requests to GitHub's two paths are sent to the endpoints of the environment.
import "./report.mjs";
import { createOAuthDeviceAuth } from "@octokit/auth-oauth-device";
import { request } from "@octokit/request";

const { DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, CLIENT_ID, SCOPE } = process.env;
const toServer = (url, init) =>
  fetch(url.endsWith("/login/device/code") ? DEVICE_AUTHORIZATION_ENDPOINT : TOKEN_ENDPOINT, init);
const auth = createOAuthDeviceAuth({
  clientType: "oauth-app",
  clientId: CLIENT_ID,
  scopes: SCOPE.split(" "),
  request: request.defaults({ request: { fetch: toServer } }),
  onVerification: ({ verification_uri, user_code }) =>
    process.stderr.write(`Open ${verification_uri} and enter ${user_code}\n`),
});
process.stdout.write(`${(await auth({ type: "oauth" })).token}\n`);
