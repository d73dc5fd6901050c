// openid-client: discovery, initiateDeviceAuthorization and pollDeviceAuthorizationGrant.
import "./report.mjs";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, SCOPE } = process.env;
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.None(), {
  algorithm: "oauth2",
  execute: [client.allowInsecureRequests],
});
const device = await client.initiateDeviceAuthorization(config, { scope: SCOPE });
process.stderr.write(`Open ${device.verification_uri} and enter ${device.user_code}\n`);
const tokens = await client.pollDeviceAuthorizationGrant(config, device);
process.stdout.write(`${tokens.access_token}\n`);
