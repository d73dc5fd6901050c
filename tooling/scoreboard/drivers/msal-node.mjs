// @azure/msal-node: its HTTP client, which allows https only, is replaced by fetch.
import "./report.mjs";
import { PublicClientApplication } from "@azure/msal-node";

const { ISSUER, DEVICE_AUTHORIZATION_ENDPOINT, CLIENT_ID, SCOPE } = process.env;
const secure = ISSUER.replace("http:", "https:");
const send = (method) => async (url, options) => {
  const target = url.endsWith("/devicecode") ? DEVICE_AUTHORIZATION_ENDPOINT : url.replace("https:", "http:");
  const response = await fetch(target, { method, headers: options?.headers, body: options?.body });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.json(),
  };
};
const app = new PublicClientApplication({
  auth: {
    clientId: CLIENT_ID,
    authority: secure,
    knownAuthorities: [new URL(secure).host],
    protocolMode: "OIDC",
    authorityMetadata: JSON.stringify({
      issuer: secure,
      authorization_endpoint: `${secure}/authorize`,
      token_endpoint: `${secure}/token`,
      jwks_uri: `${secure}/jwks`,
    }),
  },
  system: {
    networkClient: { sendGetRequestAsync: send("GET"), sendPostRequestAsync: send("POST") },
  },
});
const { accessToken } = await app.acquireTokenByDeviceCode({
  scopes: SCOPE.split(" "),
  deviceCodeCallback: ({ verificationUri, userCode }) =>
    process.stderr.write(`Open ${verificationUri} and enter ${userCode}\n`),
});
process.stdout.write(`${accessToken}\n`);
