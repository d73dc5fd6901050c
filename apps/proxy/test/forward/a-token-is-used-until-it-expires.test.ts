import { createTokenManager, type Provider, TokenFlowError } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { request } from "undici";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const MINUTE = 60_000;

test("during an outage the token is used until it expires, then requests get 503, then they succeed again", async () => {
  await using upstream = await startUpstream((incoming, response) =>
    response.end(incoming.headers.authorization),
  );
  const clock = createFakeClock();
  let isDown = false;
  let redemptions = 0;
  const provider: Provider = {
    ...upstream.manager.provider,
    async redeem() {
      redemptions += 1;
      if (isDown)
        throw new TokenFlowError("provider.unavailable", "The service is unavailable", { hint: "Wait." });
      return { token: { accessToken: `token-${redemptions}`, tokenType: "bearer", lifetime: 30 * MINUTE } };
    },
  };
  await using manager = createTokenManager({ provider, grant: { secret: "grant" }, clock });
  await using proxy = await startProxy({ sessions: [{ manager }] });
  const ask = async (): Promise<{ status: number; text: string; retryAfter: number }> => {
    const answer = await request(`${proxy.url}/v1/models`);
    const text = await answer.body.text();
    return { status: answer.statusCode, text, retryAfter: Number(answer.headers["retry-after"]) };
  };

  expect(await ask()).toMatchObject({ status: 200, text: "Bearer token-1" });
  isDown = true;
  for (let minute = 1; minute < 30; minute += 1) {
    await clock.advance(MINUTE);
    expect(await ask()).toMatchObject({ status: 200, text: "Bearer token-1" });
  }
  expect(redemptions).toBeGreaterThan(1);

  await clock.advance(2 * MINUTE);
  for (let minute = 0; minute < 30; minute += 10) {
    const answer = await ask();
    expect(answer.status).toBe(503);
    expect(answer.retryAfter).toBeGreaterThan(0);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "provider.unavailable" } });
    await clock.advance(10 * MINUTE);
  }

  isDown = false;
  await clock.advance(MINUTE);
  expect(await ask()).toMatchObject({ status: 200, text: `Bearer token-${redemptions}` });
});
