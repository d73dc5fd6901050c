import { createMemoryStore, createTokenManager, importSession } from "@tokenflow/core";
import { asLabel, asMessage, asPlainName, readDeviceCode } from "@tokenflow/core/provider";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { findControl, HOSTILE_SAMPLES, HOSTILE_TEXTS } from "@tokenflow/services";
import { describe, expect, test } from "vitest";
import { fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const TEXTS = Object.entries({ ...HOSTILE_TEXTS, ...HOSTILE_SAMPLES });
const URI = "https://id.example/device";
const answer = (json: Readonly<Record<string, string>>): Parameters<typeof readDeviceCode>[0] => ({
  status: 200,
  headers: new Headers(),
  text: JSON.stringify(json),
  json,
});

describe.each(TEXTS)("%s", (_name, hostile) => {
  test("is one short line without controls, and what can be seen stays", () => {
    for (const shown of [asLabel(hostile), asMessage(hostile)]) {
      expect(findControl(shown ?? "")).toBeUndefined();
      expect(shown).not.toContain("\n");
      expect(Array.from(shown ?? "").length).toBeLessThanOrEqual(200);
    }
    expect(asLabel(hostile)).toMatch(/^ada/);
  });

  test("is no name that is sent back", () => expect(asPlainName(hostile)).toBeUndefined());

  test("leaves a code that can be typed", () => {
    const code = readDeviceCode(answer({ device_code: "d", user_code: hostile, verification_uri: URI }));
    expect(code?.userCode).toMatch(/^ada/);
    expect(findControl(code?.userCode ?? "\u0000")).toBeUndefined();
  });

  test("is in no status, also if an earlier version stored it", async () => {
    const store = createMemoryStore();
    const provider = createTestProvider();
    await importSession({ provider, store, grant: { refresh_token: "grant" }, login: hostile });
    await using manager = createTokenManager({ provider, store });
    const { login } = await manager.status();
    expect(login).toMatch(/^ada/);
    expect(findControl(login ?? "")).toBeUndefined();
  });

  test("is in no code and no login of a provider that does not clean it", async () => {
    const code = { device_code: "d", user_code: hostile, expires_in: 900, interval: 5 };
    const { fetch } = createScriptedFetch({ json: code }, { json: { refresh_token: "grant" } }, fresh());
    const clock = createFakeClock();
    const provider = createTestProvider({ identify: async () => ({ login: hostile }) });
    await using manager = createTokenManager({ provider, fetch, clock, store: createMemoryStore({ clock }) });
    let userCode = "";
    const signingIn = manager.signIn({ onUserCode: (prompt) => void (userCode = prompt.userCode) });
    await clock.advance(7_000);
    await signingIn;
    for (const shown of [userCode, (await manager.status()).login ?? ""]) {
      expect(shown).toMatch(/^ada/);
      expect(findControl(shown)).toBeUndefined();
    }
  });
});

test.each(["WDJB-MJHT", "0123 4567", "ABCD·EFGH", "кодъ-42", "コード"])(
  "the code %s stays as it is",
  (code) => {
    expect(
      readDeviceCode(answer({ device_code: "d", user_code: code, verification_uri: URI }))?.userCode,
    ).toBe(code);
    expect(asPlainName(code)).toBe(code);
  },
);

test("text is shortened between two characters", () => {
  const shown = asLabel("👩".repeat(300)) ?? "";
  expect(Array.from(shown)).toHaveLength(200);
  expect(shown).toBe(`${"👩".repeat(199)}…`);
});

test("an address that no browser need accept is none", () => {
  expect(
    readDeviceCode(
      answer({ device_code: "d", user_code: "c", verification_uri: `${URI}?${"x".repeat(4_000)}` }),
    ),
  ).toBeDefined();
  expect(
    readDeviceCode(
      answer({ device_code: "d", user_code: "c", verification_uri: `${URI}?${"x".repeat(9_000)}` }),
    ),
  ).toBeUndefined();
});
