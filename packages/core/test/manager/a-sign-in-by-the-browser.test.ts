import {
  type Browser,
  createMemoryStore,
  createTokenManager,
  type Provider,
  TokenFlowError,
  type TokenFlowEvent,
  type TokenManager,
} from "@tokenflow/core";
import type { AuthorizationGrant } from "@tokenflow/core/provider";
import { createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { beforeEach, expect, test, vi } from "vitest";
import { createSharedStore } from "../support/shared-store.ts";
import { createTestProvider } from "../support/test-provider.ts";

const CODE = { json: { device_code: "secret-code", user_code: "ABCD-EFGH", expires_in: 900, interval: 5 } };
const TOKEN = { accessToken: "token-1", tokenType: "Bearer", lifetime: 3_600_000 };

const NO_BROWSER_FLOW = {
  code: "provider.misconfigured",
  message: "Test Service has no sign-in by the browser",
  hint: "Sign in with a code.",
  grantUnused: true,
};

let clock: FakeClock;
let returns: ((answer: URLSearchParams) => void) | undefined;
let disposed: number;
let completed: string[];
let complete: (code: string) => Promise<AuthorizationGrant>;

beforeEach(() => {
  clock = createFakeClock();
  returns = undefined;
  disposed = 0;
  completed = [];
  complete = async () => ({ grant: { refresh_token: "grant-1" }, token: TOKEN });
});

const browser = (isLocal = true): Browser => ({
  isLocal,
  listen: async (fixed) => ({
    redirectUri: fixed ?? "http://127.0.0.1:5000/callback",
    receive: () => new Promise((resolve) => (returns = resolve)),
    [Symbol.asyncDispose]: async () => void (disposed += 1),
  }),
});

const provider = (authorize?: Provider["authorize"]): Provider => ({
  ...createTestProvider(),
  authorize:
    authorize ??
    (async (redirect) => ({
      url: `https://id.test/authorize?redirect_uri=${await redirect()}`,
      state: "state",
      complete: (answer) => {
        completed.push(answer.get("code") ?? "");
        return complete(answer.get("code") ?? "");
      },
    })),
});

type Script = readonly { readonly json: unknown }[];

const manage = (own = provider(), ...script: Script): TokenManager =>
  createTokenManager({
    provider: own,
    store: createMemoryStore({ clock }),
    clock,
    fetch: createScriptedFetch(...script).fetch,
  });

const noCode = (): void => expect.unreachable("a code was shown");

test("a local browser is used first; its answer is redeemed once and stored, and nothing is left", async () => {
  await using manager = manage();
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser() });
  await clock.settle();
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.settle();
  expect(await signedIn).toMatchObject({ provider: "test", token: { accessToken: "token-1" } });
  expect(completed).toEqual(["c1"]);
  expect(disposed).toBeGreaterThan(0);
  expect(await manager.status()).toMatchObject({ state: "valid", origin: "browser" });
  expect(clock.pending).toEqual([]);
});

test("its events are those of a sign-in, without the page's address, which has a secret", async () => {
  const events: TokenFlowEvent[] = [];
  const onEvent = (event: TokenFlowEvent): void => void events.push(event);
  const store = createMemoryStore({ clock });
  await using manager = createTokenManager({ provider: provider(), store, clock, onEvent });
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser() });
  const startedAt = clock.now();
  await clock.settle();
  expect(events).toEqual([
    {
      type: "signin.started",
      origin: "browser",
      expiresAt: startedAt + 300_000,
      at: startedAt,
      provider: "test",
      account: "default",
    },
  ]);
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.settle();
  await signedIn;
  expect(events.map(({ type }) => type)).toEqual(["signin.started", "signin.finished"]);
});

test("without a browser, or with one elsewhere, a code is shown", async () => {
  for (const options of [
    {},
    { browser: browser(false) },
    { browser: browser(), prefer: "device" as const },
  ]) {
    await using manager = manage(provider(), CODE);
    const onUserCode = vi.fn<() => void>();
    const giveUp = new AbortController();
    const signedIn = manager.signIn({ ...options, onUserCode, signal: giveUp.signal });
    signedIn.catch(() => undefined);
    await clock.settle();
    expect(onUserCode).toHaveBeenCalledOnce();
    giveUp.abort();
    await clock.settle();
  }
});

test("a service without a device flow uses a browser elsewhere", async () => {
  const own = provider();
  const refuse = async (): Promise<never> => {
    throw new TokenFlowError("provider.misconfigured", "no device flow", {
      reason: "unsupported_grant_type",
    });
  };
  await using manager = manage({ ...own, requestDeviceCode: refuse });
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser(false) });
  await clock.settle();
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.settle();
  expect((await signedIn).token?.accessToken).toBe("token-1");
});

test("why the other way is used is told once, before the person is shown it", async () => {
  const own = provider();
  const lacks = (flow: string) => async (): Promise<never> => {
    throw new TokenFlowError("provider.misconfigured", `no ${flow}`, {
      reason: flow === "device flow" ? "unsupported_grant_type" : "unsupported_response_type",
    });
  };
  const told: string[] = [];
  const onFallback = ({ message }: Error, next: string): void => void told.push(`${message}, so ${next}`);
  await using byBrowser = manage({ ...own, requestDeviceCode: lacks("device flow") });
  const first = byBrowser.signIn({ onUserCode: noCode, onFallback, browser: browser(false) });
  await clock.settle();
  expect(told).toEqual(["no device flow, so browser"]);
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.settle();
  await first;

  await using byCode = manage(provider(lacks("page")), CODE);
  const giveUp = new AbortController();
  const onUserCode = (): void => void told.push("the code");
  const second = byCode.signIn({ onUserCode, onFallback, browser: browser(), signal: giveUp.signal });
  second.catch(() => undefined);
  await clock.settle();
  expect(told.slice(1)).toEqual(["no page, so device", "the code"]);
  giveUp.abort();
  await clock.settle();

  await using neither = manage({ ...provider(lacks("page")), requestDeviceCode: lacks("device flow") });
  const third = neither.signIn({ onUserCode: noCode, onFallback, browser: browser(false) });
  await expect(third).rejects.toThrow("no device flow");
  expect(told).toHaveLength(3);
});

test("a wrong client id is not tried in the other way", async () => {
  const refuse = async (): Promise<never> => {
    throw new TokenFlowError("provider.misconfigured", "no such client", { reason: "invalid_client" });
  };
  await using manager = manage({ ...provider(), requestDeviceCode: refuse });
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser(false) });
  await expect(signedIn).rejects.toThrow("no such client");
  expect(returns).toBeUndefined();
});

test("a browser that never returns gives way to a code; on its own it ends in one sentence", async () => {
  await using manager = manage(provider(), CODE);
  const onUserCode = vi.fn<() => void>();
  const giveUp = new AbortController();
  const signedIn = manager.signIn({ onUserCode, browser: browser(), signal: giveUp.signal });
  signedIn.catch(() => undefined);
  await clock.advance(301_000);
  expect(onUserCode).toHaveBeenCalledOnce();
  giveUp.abort();
  await clock.settle();

  const only = manager.signIn({ onUserCode: noCode, browser: browser(), prefer: "browser" });
  only.catch(() => undefined);
  await clock.advance(301_000);
  await expect(only).rejects.toMatchObject({
    code: "device.expired",
    message: "The browser did not return in time",
    hint: "Start the sign-in again.",
  });
  expect(clock.pending).toEqual([]);
});

test("a port that cannot be bound gives way to a code", async () => {
  const taken: Browser = {
    isLocal: true,
    listen: async () => {
      throw new TokenFlowError("provider.misconfigured", "port in use", { reason: "EADDRINUSE" });
    },
  };
  await using manager = manage(provider(), CODE);
  const onUserCode = vi.fn<() => void>();
  const giveUp = new AbortController();
  const signedIn = manager.signIn({ onUserCode, browser: taken, signal: giveUp.signal });
  signedIn.catch(() => undefined);
  await clock.settle();
  expect(onUserCode).toHaveBeenCalledOnce();
  giveUp.abort();
  await clock.settle();
  await expect(manager.signIn({ onUserCode, browser: taken, prefer: "browser" })).rejects.toThrow(
    "port in use",
  );
});

test("a code that was certainly not sent is sent again; one that may have been is not", async () => {
  await using manager = manage();
  const fail = (grantUnused: boolean): typeof complete => {
    return async () => {
      complete = async () => ({ grant: { refresh_token: "grant-1" }, token: TOKEN });
      throw new TokenFlowError("provider.unavailable", "no answer", {
        grantUnused: grantUnused || undefined,
      });
    };
  };
  complete = fail(true);
  const first = manager.signIn({ onUserCode: noCode, browser: browser() });
  await clock.settle();
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.advance(1_000);
  expect((await first).token?.accessToken).toBe("token-1");
  expect(completed).toEqual(["c1", "c1"]);

  complete = fail(false);
  const second = manager.signIn({ onUserCode: noCode, browser: browser() });
  second.catch(() => undefined);
  await clock.settle();
  returns?.(new URLSearchParams({ code: "c2" }));
  await clock.settle();
  await expect(second).rejects.toMatchObject({ code: "provider.unavailable" });
  expect(completed).toEqual(["c1", "c1", "c2"]);
  // The session that was there before is as good as before.
  expect((await manager.getToken()).accessToken).toBe("token-1");
});

test("a code that cannot be sent is tried four times in 3.5 s, and its failure is reported", async () => {
  await using manager = manage();
  const sentAt: number[] = [];
  complete = async () => {
    sentAt.push(clock.monotonicNow());
    throw new TokenFlowError("provider.unavailable", "not connected", { grantUnused: true });
  };
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser() });
  const failure = signedIn.catch((error: unknown) => error);
  await clock.settle();
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.advance(400);
  expect(clock.pending).toContainEqual({ left: 100, background: true });
  await clock.advance(60_000);
  expect(await failure).toMatchObject({ code: "provider.unavailable", message: "not connected" });
  expect(sentAt).toEqual([0, 500, 1_500, 3_500]);
});

test("a code that the service refuses unused is not sent again", async () => {
  await using manager = manage();
  complete = async () => {
    throw new TokenFlowError("provider.forbidden", "refused", { grantUnused: true });
  };
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser() });
  signedIn.catch(() => undefined);
  await clock.settle();
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.advance(10_000);
  await expect(signedIn).rejects.toMatchObject({ code: "provider.forbidden" });
  expect(completed).toEqual(["c1"]);
});

test("an abort ends the pause before a code is sent again", async () => {
  await using manager = manage();
  const giveUp = new AbortController();
  complete = async () => {
    throw new TokenFlowError("provider.unavailable", "not connected", { grantUnused: true });
  };
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser(), signal: giveUp.signal });
  signedIn.catch(() => undefined);
  await clock.settle();
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.advance(400);
  giveUp.abort(new Error("left"));
  await expect(signedIn).rejects.toThrow("left");
  await clock.settle();
  expect(clock.pending).toEqual([]);
  expect(completed).toEqual(["c1"]);
});

test("a provider that asks for another redirect has one listener at a time, and each is closed", async () => {
  const open: string[] = [];
  const own: Browser = {
    isLocal: true,
    listen: async (fixed = "http://127.0.0.1:5000/any") => {
      expect(open).toEqual([]);
      open.push(fixed);
      return {
        redirectUri: fixed,
        receive: () => new Promise((resolve) => (returns = resolve)),
        [Symbol.asyncDispose]: async () => void open.splice(0),
      };
    },
  };
  const authorize: Provider["authorize"] = async (redirect) => {
    await redirect();
    const uri = await redirect("http://127.0.0.1:5000/fixed");
    return { url: `https://id.test/?redirect_uri=${uri}`, state: "s", complete: () => complete("") };
  };
  await using manager = manage(provider(authorize));
  const signedIn = manager.signIn({ onUserCode: noCode, browser: own });
  await clock.settle();
  expect(open).toEqual(["http://127.0.0.1:5000/fixed"]);
  complete = async () => {
    expect(open).toEqual([]);
    return { grant: { refresh_token: "grant-1" }, token: TOKEN };
  };
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.settle();
  expect((await signedIn).token?.accessToken).toBe("token-1");
});

test("a provider that asks for no redirect has no sign-in by the browser", async () => {
  const authorize: Provider["authorize"] = async () => ({
    url: "https://id.test/authorize",
    state: "s",
    complete: () => complete(""),
  });
  await using manager = manage(provider(authorize));
  const signedIn = manager.signIn({ onUserCode: noCode, browser: browser(), prefer: "browser" });
  await expect(signedIn).rejects.toMatchObject(NO_BROWSER_FLOW);
});

test("a page that is not https is never opened", async () => {
  for (const url of ["http://id.test/authorize", "file:///etc/passwd", "javascript:alert(1)"]) {
    const authorize: Provider["authorize"] = async (redirect) => {
      await redirect();
      return { url, state: "s", complete: () => complete("") };
    };
    await using manager = manage(provider(authorize));
    const signedIn = manager.signIn({ onUserCode: noCode, browser: browser(), prefer: "browser" });
    await expect(signedIn).rejects.toMatchObject({ code: "provider.misconfigured" });
    expect(returns).toBeUndefined();
    expect(disposed).toBeGreaterThan(0);
  }
});

test("two callers share one page; a caller of acquire gets a code of its own", async () => {
  await using manager = manage(provider(), CODE);
  const both = [1, 2].map(() =>
    manager.signIn({ onUserCode: noCode, browser: browser(), prefer: "browser" }),
  );
  await clock.settle();
  expect(await manager.acquire()).toMatchObject({ status: "pending", userCode: "ABCD-EFGH" });
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.settle();
  for (const signedIn of both) expect((await signedIn).token?.accessToken).toBe("token-1");
  expect(completed).toEqual(["c1"]);
});

test("a sign-in in another process ends the wait", async () => {
  const shared = createSharedStore({ clock });
  const other = createTokenManager({ provider: provider(), store: shared.open("other"), clock });
  await using manager = createTokenManager({ provider: provider(), store: shared.open("this"), clock });
  const waiting = manager.signIn({ onUserCode: noCode, browser: browser() });
  await clock.settle();
  const first = returns;
  const elsewhere = other.signIn({ onUserCode: noCode, browser: browser() });
  await clock.settle();
  expect(returns).not.toBe(first);
  returns?.(new URLSearchParams({ code: "c1" }));
  await clock.settle();
  await elsewhere;
  await clock.advance(2_000);
  expect((await waiting).token?.accessToken).toBe("token-1");
  expect(completed).toEqual(["c1"]);
  await other.close();
});

test("closing the manager, or an abort, ends the wait and the listener", async () => {
  const manager = manage();
  const waiting = manager.signIn({ onUserCode: noCode, browser: browser() });
  waiting.catch(() => undefined);
  await clock.settle();
  expect(clock.pending).toContainEqual({ left: 2_000, background: true });
  await manager.close();
  await expect(waiting).rejects.toThrow("The manager was closed");
  await clock.settle();
  expect(disposed).toBeGreaterThan(0);
  expect(clock.pending).toEqual([]);
});

test("a provider without such a sign-in says so", async () => {
  await using manager = manage(createTestProvider());
  const asked = manager.signIn({ onUserCode: noCode, browser: browser(), prefer: "browser" });
  await expect(asked).rejects.toMatchObject(NO_BROWSER_FLOW);
});
