import { inspect } from "node:util";
import { type Provider, pollForToken, requestDeviceCode } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

const SECRET = "hunter2-hunter2";
const CODE: Answer = { json: { device_code: SECRET, user_code: "AB-CD", expires_in: 900, interval: 5 } };
const PENDING: Answer = () => ({ status: 400, json: { error: "authorization_pending" } });

const stage = (...answers: Answer[]) => {
  const clock = createFakeClock();
  return { clock, ...createScriptedFetch(...answers) };
};

test("the secret code is sent, and nothing shows it", async () => {
  const options = stage(
    CODE,
    { json: { refresh_token: "grant-1" } },
    { json: { access_token: SECRET, expires_in: 60 } },
  );
  const provider = createTestProvider();
  const code = await requestDeviceCode(provider, options);
  const polling = pollForToken(provider, code, options);
  await options.clock.advance(7_000);
  const session = await polling;
  expect(options.requests[1]?.body).toContain(SECRET);
  for (const value of [
    code,
    session,
    session.token,
    { ...code },
    [session],
    new Error("x", { cause: code }),
  ]) {
    expect(inspect(value, { showHidden: true, depth: 10 })).not.toContain(SECRET);
    expect(JSON.stringify(value)).not.toContain(SECRET);
  }
  expect(code).toMatchObject({ userCode: "AB-CD", verificationUri: expect.any(String) });
});

test("what a provider keeps for its polls reaches them, and nothing shows it", async () => {
  const seen: unknown[] = [];
  const provider: Provider = {
    ...createTestProvider(),
    requestDeviceCode: async () => ({
      deviceCode: "code-1",
      userCode: "AB-CD",
      verificationUri: "https://auth.example.org",
      lifetime: 900_000,
      context: { verifier: SECRET },
    }),
    pollDeviceCode: async ({ context }) => {
      seen.push(context);
      return { status: "granted", grant: { refresh_token: "grant-1" } };
    },
  };
  const options = stage({ json: { access_token: "token-1", expires_in: 60 } });
  const code = await requestDeviceCode(provider, options);
  for (const shown of [inspect(code), JSON.stringify(code), JSON.stringify({ ...code })])
    expect(shown).not.toContain(SECRET);
  const polling = pollForToken(provider, code, options);
  await options.clock.advance(7_000);
  await polling;
  expect(seen).toEqual([{ verifier: SECRET }]);
});

describe("a code's lifetime is counted from its request", () => {
  const slow =
    (clock: ReturnType<typeof createFakeClock>): Answer =>
    async () => {
      await clock.sleep(20_000);
      return CODE;
    };

  test("also if the answer is slow, or the polling begins late", async () => {
    const options = stage();
    const { clock } = options;
    options.add(slow(clock), PENDING);
    const provider = createTestProvider();
    const start = clock.now();
    const asked = requestDeviceCode(provider, options);
    await clock.advance(20_000);
    const code = await asked;
    expect(code.expiresAt).toBe(start + 900_000);
    await clock.advance(870_000);
    let endedAt = 0;
    const polling = pollForToken(provider, code, options).catch((error: unknown) => {
      endedAt = clock.monotonicNow();
      return error;
    });
    await clock.advance(60_000);
    expect(await polling).toMatchObject({ code: "device.expired" });
    expect(endedAt).toBe(900_000);
  });
});

describe("a failed request for a code", () => {
  const failures: Readonly<Record<string, { readonly answer: Answer; readonly code: string }>> = {
    "by a reset": { answer: { error: "ECONNRESET" }, code: "provider.unavailable" },
    "by a hang": { answer: { hang: true }, code: "provider.unavailable" },
    "by a 500": { answer: { status: 500 }, code: "provider.unavailable" },
  };
  for (const [name, { answer, code }] of Object.entries(failures)) {
    test(`${name} is reported, and leaves no timer`, async () => {
      const options = stage(answer);
      const asked = requestDeviceCode(createTestProvider(), options).catch((error: unknown) => error);
      await options.clock.advance(31_000);
      expect(await asked).toMatchObject({ code });
      expect(options.clock.pending).toEqual([]);
    });
  }

  test("with an unexpected error does not show the error's content", async () => {
    const provider = {
      ...createTestProvider(),
      requestDeviceCode: async (): Promise<never> => {
        throw new Error(SECRET, { cause: { SECRET } });
      },
    };
    const error = await requestDeviceCode(provider, stage()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "provider.malformed" });
    expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain(SECRET);
  });
});
