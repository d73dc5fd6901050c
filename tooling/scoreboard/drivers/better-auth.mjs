// better-auth's client with its plugin for the device flow, in the loop of its documentation: wait, poll, add 5 seconds
// at slow_down. Its two paths are led to the endpoints of the environment.
import "./report.mjs";
import { createAuthClient } from "better-auth/client";
import { deviceAuthorizationClient } from "better-auth/client/plugins";

const { ISSUER, DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, CLIENT_ID, SCOPE } = process.env;
const customFetchImpl = (url, init) =>
  fetch(
    new URL(url).pathname.endsWith("/device/code") ? DEVICE_AUTHORIZATION_ENDPOINT : TOKEN_ENDPOINT,
    init,
  );
const client = createAuthClient({
  baseURL: ISSUER,
  plugins: [deviceAuthorizationClient()],
  fetchOptions: { customFetchImpl },
});
const asked = await client.device.code({ client_id: CLIENT_ID, scope: SCOPE });
if (asked.error)
  throw new Error(asked.error.error ?? `the device request was answered ${asked.error.status}`);
const { device_code, user_code, verification_uri, interval = 5 } = asked.data;
process.stderr.write(`Open ${verification_uri} and enter ${user_code}\n`);

let pause = interval;
let token;
while (token === undefined) {
  await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
  const { data, error } = await client.device.token({ grant_type, device_code, client_id: CLIENT_ID });
  if (data?.access_token) token = data.access_token;
  else if (error?.error === "slow_down") pause += 5;
  else if (error?.error !== "authorization_pending") throw new Error(error?.error ?? "no token");
}
process.stdout.write(`${token}\n`);
