import { createHttp, pollForToken, requestDeviceCode, systemClock, version } from "@tokenflow/core";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { failure } from "./copilot-calls.ts";

// Asks GitHub itself, so it cannot run without network and a person with a Copilot plan:
//   TOKENFLOW_LIVE=copilot npx vitest run packages/provider-copilot/test/live.test.ts
// It uses the person's consent for a minute, and revokes it at the end. No model is asked for an answer.
const isLive = process.env["TOKENFLOW_LIVE"] === "copilot";
if (!isLive) process.stderr.write("Skipped: GitHub Copilot itself (TOKENFLOW_LIVE=copilot asks it)\n");

const CODE_LIFETIME = 16 * 60_000;
const call = { http: createHttp(), clock: systemClock };

describe.skipIf(!isLive)("GitHub Copilot itself", () => {
  test("still speaks as recorded", { timeout: CODE_LIFETIME }, async () => {
    const changed: string[] = [];
    const check = (assumption: string, holds: boolean): void => {
      process.stderr.write(`${holds ? "holds  " : "CHANGED"}  ${assumption}\n`);
      if (!holds) changed.push(assumption);
    };
    const provider = createCopilotProvider(copilotOptionsFromEnv(process.env));
    const { upstream } = provider;

    const code = await requestDeviceCode(provider);
    process.stderr.write(`Open ${code.verificationUri} and enter ${code.userCode}\n`);
    check("a user code is eight characters and a dash", /^[A-Z0-9]{4}-[A-Z0-9]{4}$/.test(code.userCode));
    check("a code is good for 899 s", code.lifetime === 899_000);
    check("GitHub asks for a poll every 5 s", code.interval === 5_000);
    check(
      "codes are entered at /login/device of the same host",
      new URL(code.verificationUri).host === provider.host && code.verificationUri.endsWith("/login/device"),
    );

    const session = await pollForToken(provider, code);
    const { grant, token } = session;
    if (!grant || !token) throw session.failure ?? new Error("There is no token");
    try {
      check("the default app's GitHub tokens do not expire", grant["refreshToken"] === undefined);
      check("its GitHub token is a ghu_", String(grant["githubToken"]).startsWith("ghu_"));
      const life = (token.expiresAt ?? token.issuedAt) - token.issuedAt;
      check("a Copilot token is good for about half an hour", Math.abs(life - 1_800_000) < 300_000);
      const again = await provider.redeem(grant, call);
      check("an exchange leaves the GitHub token as it is", again.grant === undefined);
      check("GitHub says after how long to renew it", again.token?.dueIn !== undefined);
      check("a token names a place that is Copilot's own", upstream.address(token).startsWith("http"));
      const who = await provider.identify?.(session, call);
      check("GitHub says who signed in", who !== undefined && who.login !== "");
      const models = (await upstream.models?.(token, call)) ?? [];
      check("the catalogue has models", models.length > 0);
      const usage = await upstream.usage?.(session, call);
      check("a plan and its quotas are told", usage?.plan !== undefined && usage.quotas.length > 0);

      const refused = await fetch(`${upstream.address(token)}/models`, {
        headers: {
          ...upstream.headers({ path: "/models", headers: {} }),
          authorization: `Bearer not-a-token-of-TokenFlow-${version}`,
        },
      });
      const body = await refused.text();
      check(
        "an unknown token is refused as such",
        upstream.refused({ status: refused.status, headers: refused.headers, body }),
      );
    } finally {
      await provider.revoke?.(session, call);
    }
    const { code: afterwards } = await failure(provider.redeem(grant, call));
    check("a revoked GitHub token is refused", afterwards === "session.revoked");
    expect(changed).toEqual([]);
  });
});
