import { pollForToken, requestDeviceCode, Token } from "@tokenflow/core";
import { createHttp, isJsonObject, type JsonValue, systemClock, version } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { createAssumptions, isLive } from "@tokenflow/services";
import { describe, expect, test } from "vitest";

// Asks GitHub itself, so it cannot run without network and a person with a Copilot plan:
//   TOKENFLOW_LIVE=copilot npx vitest run packages/provider-copilot/test/live.test.ts
// It uses the person's consent for a minute, and revokes it at the end. No model is asked for an answer.
const live = isLive("copilot", "GitHub Copilot");

const CODE_LIFETIME = 16 * 60_000;
/** Returns the address of the API in an answer. */
function apiAddressOf({
  details,
}: {
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;
}): unknown {
  const endpoints = details?.["endpoints"];
  return isJsonObject(endpoints) ? endpoints["api"] : undefined;
}

const call = { http: createHttp(), clock: systemClock };

describe.skipIf(!live)("GitHub Copilot itself", () => {
  test("still answers as recorded", { timeout: CODE_LIFETIME }, async () => {
    const { changed, check } = createAssumptions();
    const provider = createCopilotProvider(copilotOptionsFromEnv(process.env));
    const { upstream } = provider;

    const code = await requestDeviceCode(provider);
    process.stderr.write(`Open ${code.verificationUri} and enter ${code.userCode}\n`);
    await check("a user code is eight characters and a dash", () =>
      /^[A-Z0-9]{4}-[A-Z0-9]{4}$/.test(code.userCode),
    );
    await check("a code is good for 899 s", () => code.lifetime === 899_000);
    await check("GitHub asks for a poll every 5 s", () => code.interval === 5_000);
    await check("codes are entered at /login/device of the same host", () => {
      const { host, pathname } = new URL(code.verificationUri);
      return host === provider.host && pathname === "/login/device";
    });

    const askWith = async (secret: string, { details }: Token) => {
      const address = upstream.address(new Token({ accessToken: secret, issuedAt: Date.now(), details }));
      const own = upstream.headers({ path: "/models", headers: {} });
      const answer = await fetch(`${address}/models`, {
        headers: { ...own, authorization: `Bearer ${secret}` },
      });
      return { status: answer.status, headers: answer.headers, body: await answer.text() };
    };
    const session = await pollForToken(provider, code);
    const { grant, token } = session;
    if (!grant || !token) throw session.failure ?? new Error("There is no token");
    try {
      await check("the default app's GitHub tokens do not expire", () => grant["refreshToken"] === undefined);
      await check("its GitHub token is a ghu_", () => String(grant["githubToken"]).startsWith("ghu_"));
      await check("GitHub says which app a token was made for", async () => {
        const { clientId } = await provider.getTokenOwner(grant, call);
        return clientId === provider.clientId;
      });
      await check("a Copilot token is good for about half an hour", () => {
        const life = (token.expiresAt ?? token.issuedAt) - token.issuedAt;
        return Math.abs(life - 1_800_000) < 300_000;
      });
      await check("an exchange leaves the GitHub token as it is, and says when to come again", async () => {
        const again = await provider.redeem(grant, call);
        return again.grant === undefined && again.token?.dueIn !== undefined;
      });
      await check("an exchange names the API's address", () => apiAddressOf(token) !== undefined);
      await check("and that is Copilot's own", () => upstream.address(token) !== "");
      await check("the account tells the API's place too, for direct mode", async () => {
        const direct = createCopilotProvider({ ...copilotOptionsFromEnv(process.env), mode: "direct" });
        const { token: own } = await direct.redeem(grant, call);
        return own !== undefined && apiAddressOf(own) !== undefined;
      });
      await check("GitHub says who signed in", async () => {
        const who = await provider.identify?.(session, call);
        return who !== undefined && who.login !== "";
      });
      await check("the catalogue has models, and says by which path to reach them", async () => {
        const models = (await upstream.models?.(token, call)) ?? [];
        return models.some(({ endpoints = [] }) => endpoints.length > 0);
      });
      await check("a plan and its quotas are told", async () => {
        const usage = await upstream.usage?.(session, call);
        return usage?.plan !== undefined && usage.quotas.length > 0;
      });
      await check("an unknown token is refused as such", async () => {
        const { status, headers, body } = await askWith(`not-a-token-of-TokenFlow-${version}`, token);
        return upstream.isTokenRejected({ status, headers, body });
      });
    } finally {
      await provider.revoke?.(session, call);
    }
    await check("a revoked GitHub token is refused", async () => {
      const { code: afterwards } = await failureOf(provider.redeem(grant, call));
      return afterwards === "session.revoked";
    });
    expect(changed).toEqual([]);
  });
});
