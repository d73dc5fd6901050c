import { createTokenManager } from "@tokenflow/core";
import { createHttp } from "@tokenflow/core/provider";
import { createFakeClock, createScriptedFetch, type SeenRequest } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createExampleProvider } from "../examples/json-refresh.ts";

const url = "https://api.example.org";

/** The API: every refresh token is good once. */
function createApi(now: () => number) {
  let count = 0;
  let good = "";
  const answers: Readonly<Record<string, (body: Readonly<Record<string, unknown>>) => object | undefined>> = {
    "/auth/device": () => ({ deviceCode: `d${(count += 1)}`, userCode: `CODE-${count}` }),
    "/auth/poll": () => ({ refreshToken: (good = `r${(count += 1)}`) }),
    "/auth/refresh": ({ refreshToken }) => {
      if (refreshToken !== good) return undefined;
      const iat = Math.floor(now() / 1000);
      const accessToken = `e30.${btoa(JSON.stringify({ iat, exp: iat + 3600, count: (count += 1) }))}.sig`;
      return { accessToken, refreshToken: (good = `r${(count += 1)}`) };
    },
  };
  const answer = (request: SeenRequest) => {
    const json = answers[new URL(request.url).pathname]?.(JSON.parse(request.body));
    return json ? { json } : { status: 401, json: { error: "refresh token is not valid" } };
  };
  return { answer, revoke: () => void (good = "") };
}

describe("an API with a refresh of its own", () => {
  test("is kept fresh by the JWT's own expiry, and a refused refresh leads to a new sign-in", async () => {
    const clock = createFakeClock();
    const api = createApi(clock.now);
    const { fetch, requests } = createScriptedFetch(api.answer);
    const manager = createTokenManager({ provider: createExampleProvider(url), fetch, clock });
    const signedIn = manager.signIn({ onUserCode: () => undefined });
    await clock.advance(3_000);
    const first = (await signedIn).token;
    expect(first?.expiresAt).toBe(Math.floor(clock.now() / 1000) * 1000 + 3_600_000 - 1_800);

    await clock.advance(3_700_000);
    const second = await manager.getToken();
    expect(second.accessToken).not.toBe(first?.accessToken);
    const sent = requests.filter(({ url: seen }) => seen.endsWith("/auth/refresh")).map(({ body }) => body);
    expect(new Set(sent).size).toBe(2);

    api.revoke();
    await clock.advance(3_700_000);
    await expect(manager.getToken()).rejects.toMatchObject({ code: "session.revoked" });
    expect(await manager.acquire()).toMatchObject({ status: "pending", verificationUri: `${url}/activate` });
    await manager.close();
  });

  test("keeps its grant if an answer has no new one", async () => {
    const { fetch } = createScriptedFetch(
      { json: { accessToken: "a1" } },
      { json: { refreshToken: "r2" } },
      { status: 401, text: "<html>A proxy" },
    );
    const clock = createFakeClock();
    const call = { http: createHttp({ fetch, clock }), clock };
    const provider = createExampleProvider(url);
    const redeem = () => provider.redeem({ refreshToken: "r1" }, call);
    expect(Object.keys(await redeem())).toEqual(["token"]);
    expect(await redeem()).toEqual({ grant: { refreshToken: "r2" } });
    await expect(redeem()).rejects.toMatchObject({ code: "provider.malformed" });
  });
});
