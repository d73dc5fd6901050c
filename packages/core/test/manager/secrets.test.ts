import { inspect } from "node:util";
import {
  createTokenManager,
  pollForToken,
  redact,
  requestDeviceCode,
  type TokenFlowEvent,
} from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch, findSecret } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createSharedStore } from "../support/shared-store.ts";
import { createTestProvider } from "../support/test-provider.ts";

const SECRETS = ["planted-device-code", "planted-grant", "planted-token", "planted-rotated"];
const CODE = {
  json: { device_code: "planted-device-code", user_code: "ABCD-EFGH", expires_in: 900, interval: 5 },
};
const GRANTED = { json: { refresh_token: "planted-grant" } };
const TOKEN = { json: { access_token: "planted-token", refresh_token: "planted-rotated", expires_in: 3600 } };

/** Every outcome of a poll or a redemption. Each answer repeats the request. */
const ENDS: Readonly<Record<string, Answer>> = {
  success: TOKEN,
  "a refusal that repeats the grant": {
    status: 400,
    json: { error: "invalid_grant", error_description: "planted-grant" },
  },
  "an error word that is the grant": { status: 400, json: { error: "planted-grant" } },
  "an error page that repeats the request": ({ body }) => ({ status: 502, text: `<html>${body}</html>` }),
  "a refusal without words": { status: 403, text: "planted-grant planted-token" },
  "a rate limit": { status: 429, headers: { "retry-after": "5" }, text: "planted-grant" },
  "a reset": { error: "ECONNRESET" },
  "a refused connection": { error: "ECONNREFUSED" },
  "half an answer": { text: '{"access_token":"planted-token","refresh_tok' },
  "a dead token": {
    json: { access_token: "planted-token", refresh_token: "planted-rotated", expires_in: 0 },
  },
  "a token that is no string": { json: { access_token: ["planted-token"], expires_in: 3600 } },
  "a redirect with the grant in it": {
    status: 302,
    headers: { location: "https://evil.example/?g=planted-grant" },
  },
};

function expectClean(what: string, value: unknown): void {
  expect(findSecret(value, SECRETS), `${what} holds a secret`).toBeUndefined();
  const shown = inspect(value, { showHidden: true, depth: 10, getters: false });
  for (const secret of SECRETS) expect(shown, `${what}, inspected`).not.toContain(secret);
}

test.each(Object.keys(ENDS))(
  "no error, event, status or public object holds a secret after %s",
  async (name) => {
    const end = ENDS[name] ?? TOKEN;
    const clock = createFakeClock();
    const shared = createSharedStore({ clock });
    const events: TokenFlowEvent[] = [];
    const handle = shared.open("host/1/0");
    const manager = createTokenManager({
      provider: createTestProvider(),
      store: handle,
      clock,
      fetch: createScriptedFetch(CODE, GRANTED, TOKEN, end, end, end).fetch,
      onEvent: (event) => events.push(event),
    });
    const signing = manager.signIn({ onUserCode: (code) => expectClean("the user code", code) });
    await clock.advance(6_000);
    const session = await signing;
    expect(session.grant).toBeDefined();
    expect(JSON.stringify(session)).not.toContain("planted");
    expect(inspect(session, { showHidden: true, depth: 10 })).not.toContain("planted");
    expect(JSON.stringify({ ...session })).not.toContain("planted");

    for (const attempt of ["forced", "again", "unsaved"]) {
      if (attempt === "unsaved") handle.fault = (operation) => (operation === "replace" ? "fail" : "pass");
      const asked = manager.getToken({ forceRefresh: true }).catch((error: unknown) => error);
      await clock.advance(40_000);
      const answer = await asked;
      if (answer instanceof Error) expectClean(`the error (${attempt})`, answer);
      else expect(inspect(answer, { showHidden: true }) + JSON.stringify(answer)).not.toContain("planted");
      expectClean("the status", await manager.status());
      expectClean("what acquire() answers", JSON.parse(JSON.stringify(await manager.acquire())));
    }
    expectClean("the events", events);
    expectClean("the manager", JSON.parse(JSON.stringify(manager)));
    handle.fault = undefined;
    await clock.advance(10_000);
  },
);

test("a device code does not show its secret", async () => {
  const clock = createFakeClock();
  const { fetch } = createScriptedFetch(CODE, GRANTED, TOKEN);
  const code = await requestDeviceCode(createTestProvider(), { fetch, clock });
  expect(code.deviceCode).toBe("planted-device-code");
  expect(
    JSON.stringify(code) + inspect(code, { showHidden: true }) + JSON.stringify({ ...code }),
  ).not.toContain("planted");
  const polling = pollForToken(createTestProvider(), code, { fetch, clock });
  await clock.advance(6_000);
  expect((await polling).token?.accessToken).toBe("planted-token");
});

test("redact() hides what looks like a secret, and keeps the rest", () => {
  const line =
    'GET "refresh_token":"hunter2" Bearer abcdefghijklmnopqrstuvwx sk-0123456789abcdef eyJhbGciOi.eyJleHAiOjF9.c2ln ok';
  expect(redact(line)).toBe('GET "refresh_token":"[redacted]" [redacted] [redacted] [redacted] ok');
  expect(redact("TOKENFLOW_ACME_GRANT=hunter2 redis://user:hunter2@localhost:6379/0")).toBe(
    "TOKENFLOW_ACME_GRANT=[redacted] redis://[redacted]@localhost:6379/0",
  );
});

test("redact() also hides what a provider's patterns match, every time and with or without the flag g", () => {
  const line = "GET /code/abc123 acme_12345678 acme_87654321 ok";
  for (const pattern of [/\bacme_\w{8}/g, /\bacme_\w{8}/]) {
    expect(redact(line, [/(\/code\/)[^\s/]+/g, pattern])).toBe(
      "GET /code/[redacted] [redacted] [redacted] ok",
    );
  }
  expect(redact(line)).toBe(line);
});
