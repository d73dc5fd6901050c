import {
  createHttp,
  isTokenFlowError,
  pollForToken,
  requestDeviceCode,
  systemClock,
  Token,
} from "@tokenflow/core";
import { createHyperProvider, hyperOptionsFromEnv } from "@tokenflow/provider-hyper";
import { describe, expect, test } from "vitest";

// Asks Hyper itself, so it cannot run without network and a person with an account there:
//   TOKENFLOW_LIVE=hyper npx vitest run packages/provider-hyper/test/live.test.ts
// Its last step uses a refresh token twice, which ends the sign-in. No model is asked for an answer.
const isLive = process.env["TOKENFLOW_LIVE"] === "hyper";
if (!isLive) process.stderr.write("Skipped: Charm Hyper itself (TOKENFLOW_LIVE=hyper asks it)\n");

const CODE_LIFETIME = 16 * 60_000;
const call = { http: createHttp(), clock: systemClock };

describe.skipIf(!isLive)("Charm Hyper itself", () => {
  test("still speaks as recorded", { timeout: CODE_LIFETIME }, async () => {
    const changed: string[] = [];
    const check = (assumption: string, holds: boolean): void => {
      process.stderr.write(`${holds ? "holds  " : "CHANGED"}  ${assumption}\n`);
      if (!holds) changed.push(assumption);
    };
    const provider = createHyperProvider(hyperOptionsFromEnv(process.env));
    const { upstream } = provider;

    const code = await requestDeviceCode(provider);
    process.stderr.write(`Open ${code.verificationUri} and enter ${code.userCode}\n`);
    check("a code says how long it is good", code.lifetime > 0);

    const session = await pollForToken(provider, code);
    const { grant, token } = session;
    if (!grant || !token) throw session.failure ?? new Error("There is no token");
    check("a sign-in names a team", typeof grant["teamName"] === "string");
    check("a token says when it ends", token.expiresAt !== undefined);

    const issuedAt = Date.now();
    const { grant: next, token: redeemed } = await provider.redeem(grant, call);
    check("every exchange brings a new refresh token", next?.["refreshToken"] !== grant["refreshToken"]);
    if (!next || !redeemed) throw new Error("The second exchange brought no session");
    const fresh = new Token({ ...redeemed, issuedAt });
    const who = await provider.identify?.({ ...session, grant: next, token: fresh }, call);
    check("introspection knows the token", who !== undefined && who.login !== "");
    const models = (await upstream.models?.(fresh, call)) ?? [];
    check("the catalogue has models", models.length > 0);
    const usage = await upstream.usage?.({ ...session, token: fresh }, call);
    check("credits are told", usage?.quotas.length === 1);

    const unknown = { ...session, token: new Token({ accessToken: "not-a-token", issuedAt }) };
    const credits = upstream.usage?.(unknown, call) ?? Promise.resolve();
    check("credits are refused to an unknown token", (await refusal(credits)) === "token.rejected");
    check(
      "a used refresh token is refused",
      (await refusal(provider.redeem(grant, call))) === "session.revoked",
    );
    check("and ends the whole sign-in", (await refusal(provider.redeem(next, call))) === "session.revoked");
    expect(changed).toEqual([]);
  });
});

async function refusal(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return isTokenFlowError(error) ? error.code : "no error of ours";
  }
}
