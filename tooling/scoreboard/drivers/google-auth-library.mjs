// google-auth-library: it has no device flow, so the driver signs in, and keeps its credentials in a file at each
// "tokens" event, as its documentation shows. The client itself refreshes, shares one refresh and asks again after a 401.
import "./report.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { OAuth2Client } from "google-auth-library";
import { plainSignIn } from "./plain-sign-in.mjs";

const { CLIENT_ID, TOKEN_ENDPOINT, REVOCATION_ENDPOINT, API_URL } = process.env;
const file = join(homedir(), "credentials.json");
const read = () => JSON.parse(readFileSync(file, "utf8"));
const write = (credentials) => writeFileSync(file, JSON.stringify(credentials), { mode: 0o600 });

const client = new OAuth2Client({
  clientId: CLIENT_ID,
  endpoints: { oauth2TokenUrl: TOKEN_ENDPOINT, oauth2RevokeUrl: REVOCATION_ENDPOINT },
});
client.on("tokens", (tokens) => write({ ...read(), ...tokens }));
const accessToken = async () => (await client.getAccessToken()).token;
const actions = {
  async signIn() {
    const { expires_in, ...answer } = await plainSignIn();
    const expiry = expires_in === undefined ? {} : { expiry_date: Date.now() + expires_in * 1000 };
    write({ ...answer, ...expiry });
    return answer.access_token;
  },
  token: accessToken,
  callers: async () => (await Promise.all(Array.from({ length: 16 }, accessToken))).join("\n"),
  async request() {
    await client.request({ url: API_URL });
    return "";
  },
};
const action = process.argv[2] ?? "signIn";
if (action !== "signIn") client.setCredentials(read());
process.stdout.write(`${await actions[action]()}\n`);
