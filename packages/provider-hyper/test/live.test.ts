import { pollForToken, requestDeviceCode, Token } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { createHyperProvider, hyperOptionsFromEnv } from "@tokenflow/provider-hyper";
import { createAssumptions, isLive } from "@tokenflow/services";
import { describe, expect, test } from "vitest";

// Asks Hyper itself, so it cannot run without network and a person with an account there:
//   TOKENFLOW_LIVE=hyper npx vitest run packages/provider-hyper/test/live.test.ts
// Its last step uses a refresh token twice, which ends the sign-in. No model is asked for an answer.
const live = isLive("hyper", "Charm Hyper");

const CODE_LIFETIME = 16 * 60_000;
const call = { http: createHttp(), clock: systemClock };

describe.skipIf(!live)("Charm Hyper itself", () => {
  test("still answers as recorded", { timeout: CODE_LIFETIME }, async () => {
    const { changed, check } = createAssumptions();
    const provider = createHyperProvider(hyperOptionsFromEnv(process.env));
    const { upstream } = provider;

    const code = await requestDeviceCode(provider);
    process.stderr.write(`Open ${code.verificationUri} and enter ${code.userCode}\n`);
    await check("a code says how long it is good", () => code.lifetime > 0);

    const session = await pollForToken(provider, code);
    const { grant, token } = session;
    if (!grant || !token) throw session.failure ?? new Error("There is no token");
    await check("a sign-in names a team", () => typeof grant["teamName"] === "string");
    await check("a token says when it ends", () => token.expiresAt !== undefined);
    await check("a token is a JWT", () => /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(token.accessToken));

    const issuedAt = Date.now();
    const { grant: next, token: redeemed } = await provider.redeem(grant, call);
    await check(
      "every exchange brings a new refresh token",
      () => next !== undefined && next["refreshToken"] !== grant["refreshToken"],
    );
    if (!next || !redeemed) throw new Error("The second exchange brought no session");
    const fresh = new Token({ ...redeemed, issuedAt });
    await check("introspection knows the token", async () => {
      const who = await provider.identify?.({ ...session, grant: next, token: fresh }, call);
      return who !== undefined && who.login !== "";
    });
    await check("the catalogue has models", async () => {
      const models = (await upstream.models?.(fresh, call)) ?? [];
      return models.length > 0;
    });
    await check("credits are told", async () => {
      const usage = await upstream.usage?.({ ...session, token: fresh }, call);
      return usage?.quotas.length === 1;
    });
    await check("credits are refused to an unknown token", async () => {
      const unknown = { ...session, token: new Token({ accessToken: "not-a-token", issuedAt }) };
      return (await failureOf(upstream.usage?.(unknown, call))).code === "token.rejected";
    });
    await check(
      "a used refresh token is refused",
      async () => (await failureOf(provider.redeem(grant, call))).code === "session.revoked",
    );
    await check(
      "and ends the whole sign-in",
      async () => (await failureOf(provider.redeem(next, call))).code === "session.revoked",
    );
    expect(changed).toEqual([]);
  });
});
