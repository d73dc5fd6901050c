// oauth4webapi, with a loop after its example for the device flow: wait, poll, add 5 seconds at slow_down.
import "./report.mjs";
import * as oauth from "oauth4webapi";

const { ISSUER, CLIENT_ID, SCOPE } = process.env;
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(ISSUER);
const server = await oauth
  .discoveryRequest(issuer, { algorithm: "oauth2", ...insecure })
  .then((response) => oauth.processDiscoveryResponse(issuer, response));
const client = { client_id: CLIENT_ID };
const none = oauth.None();
const device = await oauth
  .deviceAuthorizationRequest(server, client, none, new URLSearchParams({ scope: SCOPE }), insecure)
  .then((response) => oauth.processDeviceAuthorizationResponse(server, client, response));
process.stderr.write(`Open ${device.verification_uri} and enter ${device.user_code}\n`);

let interval = device.interval ?? 5;
let tokens;
while (tokens === undefined) {
  await new Promise((resolve) => setTimeout(resolve, interval * 1000));
  const response = await oauth.deviceCodeGrantRequest(server, client, none, device.device_code, insecure);
  try {
    tokens = await oauth.processDeviceCodeResponse(server, client, response);
  } catch (error) {
    if (!(error instanceof oauth.ResponseBodyError)) throw error;
    if (error.error === "slow_down") interval += 5;
    else if (error.error !== "authorization_pending") throw error;
  }
}
process.stdout.write(`${tokens.access_token}\n`);
