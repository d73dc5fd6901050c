// @tokenflow/core with provider-oauth and store-file, as a program of one's own would use them.
import { createFetch, createTokenManager } from "@tokenflow/core";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { createFileStore } from "@tokenflow/store-file";

const { ISSUER: issuer, CLIENT_ID: clientId, SCOPE: scope, API_URL } = process.env;
await using manager = createTokenManager({
  provider: createOAuthProvider({ issuer, clientId, scope }),
  store: createFileStore(),
});
const accessToken = async () => (await manager.getToken()).accessToken;
const actions = {
  async signIn() {
    await manager.signIn({
      onUserCode: ({ userCode, verificationUri }) =>
        process.stderr.write(`Open ${verificationUri} and enter ${userCode}\n`),
    });
    return accessToken();
  },
  token: accessToken,
  callers: async () => (await Promise.all(Array.from({ length: 16 }, accessToken))).join("\n"),
  async request() {
    const { status } = await createFetch(manager, { origins: [issuer] })(API_URL);
    if (status !== 200) throw new Error(`The API answered ${status}`);
    return "";
  },
  async signOut() {
    await manager.signOut({ revoke: true });
    return "";
  },
};
try {
  process.stdout.write(`${await actions[process.argv[2] ?? "signIn"]()}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
