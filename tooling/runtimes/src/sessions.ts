import {
  createTokenManager,
  isTokenFlowError,
  pollForToken,
  requestDeviceCode,
  type TokenManager,
} from "@tokenflow/core";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { ensure, ensureEqual, rejection, until } from "./ensure.ts";
import type { Checks, Scenario } from "./scenario.ts";

export const copilotOf = ({
  github,
  githubApi,
  copilot,
}: Scenario): ReturnType<typeof createCopilotProvider> =>
  createCopilotProvider({ githubUrl: github, githubApiUrl: githubApi, copilotApiUrl: copilot });

const hyperOf = ({ hyper }: Scenario): ReturnType<typeof createHyperProvider> =>
  createHyperProvider({ url: hyper });

/** The simulated GitHub, taken for what it also is: an OAuth server with the device flow. */
const oauthOf = ({ github }: Scenario): ReturnType<typeof createOAuthProvider> =>
  createOAuthProvider({
    clientId: "Iv1.b507a08c87ecfe98",
    endpoints: {
      deviceAuthorization: `${github}/login/device/code`,
      token: `${github}/login/oauth/access_token`,
    },
  });

export const signIn = async (scenario: Scenario, manager: TokenManager): Promise<void> => {
  await manager.signIn({ onUserCode: ({ userCode }) => void scenario.approve(userCode) });
};

/** A person signs in, each way that there is. */
export const signInChecks: Checks = {
  "sign-in: a person approves, and there is a token": async (scenario) => {
    for (const provider of [copilotOf(scenario), hyperOf(scenario), oauthOf(scenario)]) {
      await using manager = createTokenManager({ provider });
      await signIn(scenario, manager);
      const token = await manager.getToken();
      ensure(token.isAlive() && !token.isExpired(), `${provider.name} gave a dead token`);
      ensure(!JSON.stringify(token).includes(token.accessToken), "A secret was printed");
      ensureEqual((await manager.status()).state, "valid", "state");
    }
  },

  "poll: pending until it is approved, never too early": async (scenario) => {
    const provider = hyperOf(scenario);
    const code = await requestDeviceCode(provider);
    const before = await scenario.counts();
    const session = pollForToken(provider, code);
    await until(async () => (await scenario.counts())["polls"] !== before["polls"], "a poll");
    await scenario.approve(code.userCode);
    ensure((await session).token !== undefined, "no token");
    ensureEqual((await scenario.counts())["slowDowns"], 0, "polls that came too early");
  },

  "poll: an abort ends it with its reason": async (scenario) => {
    const provider = copilotOf(scenario);
    const abort = new AbortController();
    const code = await requestDeviceCode(provider);
    const polling = pollForToken(provider, code, { signal: abort.signal });
    const reason = new Error("enough");
    abort.abort(reason);
    ensure((await rejection(polling)) === reason, "another reason");
  },

  "poll: nobody is asked to wait: a tool gets the code at once": async (scenario) => {
    await using manager = createTokenManager({ provider: copilotOf(scenario) });
    const pending = await manager.acquire();
    ensure(pending.status === "pending", pending.status);
    await scenario.approve(pending.userCode);
    await until(async () => (await manager.acquire()).status === "authorized", "authorized");
  },

  "a connection that is refused says so": async (scenario) => {
    const provider = createHyperProvider({ url: "http://127.0.0.1:1" });
    const error = await rejection(requestDeviceCode(provider));
    ensure(isTokenFlowError(error, "provider.unavailable"), String(error));
    await scenario.counts();
  },
};

/** A token runs out, and is renewed once. */
export const refreshChecks: Checks = {
  "expiry: a token that has run out is not handed out": async (scenario) => {
    await scenario.change({ tokenLifetime: 1 });
    await using manager = createTokenManager({ provider: copilotOf(scenario) });
    await signIn(scenario, manager);
    const first = await manager.getToken();
    await until(() => manager.peek() === undefined, "run out");
    ensure(first.isExpired() && !first.isAlive(), "it should be dead");
    await scenario.change({ tokenLifetime: 1800 });
    const second = await manager.getToken();
    ensure(second.isAlive() && second.accessToken !== first.accessToken, "the same token");
  },

  "refresh: fifty callers cause one redemption": async (scenario) => {
    await using manager = createTokenManager({ provider: copilotOf(scenario) });
    await signIn(scenario, manager);
    const { exchanges = 0 } = await scenario.counts();
    const token = await manager.getToken();
    manager.reject(token);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => manager.getToken()));
    ensureEqual(new Set(tokens.map(({ accessToken }) => accessToken)).size, 1, "tokens");
    ensureEqual((await scenario.counts())["exchanges"], exchanges + 1, "redemptions");
  },

  "refresh: single-use grants rotate, and none is sent twice": async (scenario) => {
    await scenario.change({ githubExpiring: true, githubTokenLifetime: 28_800 });
    for (const provider of [hyperOf(scenario), oauthOf(scenario)]) {
      await using manager = createTokenManager({ provider });
      await signIn(scenario, manager);
      for (let round = 0; round < 3; round += 1) {
        const old = await manager.getToken();
        const next = await manager.getToken({ forceRefresh: true });
        ensure(next.accessToken !== old.accessToken, "the same token");
      }
    }
    await scenario.change({ githubExpiring: false });
    ensureEqual((await scenario.counts())["reuses"], 0, "grants sent twice");
  },

  "refresh: a service that is away is an error with a code": async (scenario) => {
    await using manager = createTokenManager({ provider: hyperOf(scenario) });
    await signIn(scenario, manager);
    const token = await manager.getToken();
    await scenario.fault({ service: "hyper", path: "/token/exchange", status: 503 });
    const error = await rejection(manager.getToken({ forceRefresh: true }));
    ensure(isTokenFlowError(error, "provider.unavailable"), String(error));
    ensure((await manager.getToken()) === token, "the live token is served on");
  },
};
