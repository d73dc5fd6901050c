import { type InProcessContext, testDeviceFlowClient } from "@tokenflow/conformance/vitest";
import { createFetch, createMemoryStore, createTokenManager, type TokenManager } from "@tokenflow/core";
import { createOAuthProvider } from "@tokenflow/provider-oauth";

/** Makes a manager over the session of the scenario, as a program that has just started would. */
async function withManager<T>(
  context: InProcessContext,
  use: (manager: TokenManager) => Promise<T>,
): Promise<T> {
  const { issuer, clientId, scope, fetch, state } = context;
  const store = state.get("store") ?? createMemoryStore();
  state.set("store", store);
  await using manager = createTokenManager({
    provider: createOAuthProvider({ issuer, clientId, scope }),
    store: store as ReturnType<typeof createMemoryStore>,
    fetch,
  });
  return await use(manager);
}

const accessToken = async (manager: TokenManager): Promise<string> => (await manager.getToken()).accessToken;

testDeviceFlowClient({
  signIn: (context) =>
    withManager(context, async (manager) => {
      await manager.signIn({
        onUserCode: ({ userCode, verificationUri }) => context.show(userCode, verificationUri),
      });
      return accessToken(manager);
    }),
  token: (context) => withManager(context, accessToken),
  callers: (context) =>
    withManager(context, (manager) => Promise.all(Array.from({ length: 16 }, () => accessToken(manager)))),
  request: (context) =>
    withManager(context, async (manager) => {
      const { status } = await createFetch(manager, { fetch: context.fetch, origins: [context.issuer] })(
        context.apiUrl,
      );
      if (status !== 200) throw new Error(`The API answered ${status}`);
    }),
  signOut: (context) => withManager(context, (manager) => manager.signOut({ revoke: true })),
});
