import type { GetTokenOptions, TokenManager } from "@tokenflow/core";
import type { Answer } from "@tokenflow/core/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createIssuer, type Issuer, issue } from "../support/manager-of-tokens.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Half a second of jitter behind a live token, pauses as long as their rule says. */
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.5));

interface Demand extends GetTokenOptions {
  readonly every?: number | undefined;
  readonly during: number;
  /** What a caller does with the token it got. */
  readonly use?:
    | ((manager: TokenManager, token: Awaited<ReturnType<TokenManager["getToken"]>>) => void)
    | undefined;
}

/** Asks again and again; answers when redemptions were made, in seconds, and what errors the callers saw. */
async function ask(
  { clock, manager, redeemedAt }: Issuer,
  { every = SECOND, during, use, ...options }: Demand,
): Promise<{ readonly at: number[]; readonly errors: string[] }> {
  const errors = new Set<string>();
  for (const end = clock.monotonicNow() + during; clock.monotonicNow() < end; ) {
    const before = clock.monotonicNow();
    try {
      const token = await manager.getToken(options);
      expect(token.isAlive(clock.now())).toBe(true);
      use?.(manager, token);
    } catch (error) {
      errors.add(error instanceof Error && "code" in error ? String(error.code) : String(error));
    }
    expect(clock.monotonicNow(), "nobody waits for a pause").toBe(before);
    await clock.advance(every);
  }
  return { at: redeemedAt.map((at) => at / SECOND), errors: [...errors] };
}

const always = (answer: Answer) => createIssuer({ redeem: () => answer });
const tokens = (fields: Readonly<Record<string, unknown>>) =>
  createIssuer({ redeem: (count) => issue(count, fields) });

describe("800 token calls a second when `refresh_in` ≤ 60 or missing:", () => {
  for (const refreshIn of [0, 30, 60, -1, 1e9, "soon", null, undefined]) {
    test(`refresh_in ${refreshIn} asks twice in half an hour's token's life and a bit`, async () => {
      const issuer = tokens({ expires_in: 1_800, refresh_in: refreshIn });
      const { at } = await ask(issuer, { every: 20 * SECOND, during: 30 * MINUTE });
      expect(at).toEqual([0, 1_620.5]);
    });
  }

  test("refresh_in 61 means due after a second, and is braked to every 30 s", async () => {
    const { at } = await ask(tokens({ expires_in: 1_800, refresh_in: 61 }), { during: 2 * MINUTE });
    expect(at[0]).toBe(0);
    expect(at.slice(1).every((moment, index) => moment - (at[index] ?? 0) >= 30)).toBe(true);
    expect(at.length).toBeGreaterThanOrEqual(4);
  });
});

describe("due", () => {
  test("30 s apart, however short the token", async () => {
    const { at } = await ask(tokens({ expires_in: 40 }), { during: 2 * MINUTE });
    expect(at[0]).toBe(0);
    expect(at.slice(1).every((moment, index) => moment - (at[index] ?? 0) >= 30)).toBe(true);
    expect(at.length).toBeGreaterThanOrEqual(3);
  });
});

describe("ran out", () => {
  test("once per token", async () => {
    const { at } = await ask(tokens({ expires_in: 5 }), { during: 30 * SECOND });
    expect(at).toEqual([0, 5, 10, 15, 20, 25]);
  });
});

describe("a token that arrives dead is provider.malformed, and asked for with longer and longer pauses:", () => {
  for (const lifetime of [0, -3_600, "soon", 1e13, undefined]) {
    test(`expires_in ${lifetime}`, async () => {
      const { at, errors } = await ask(tokens({ expires_in: lifetime }), { during: MINUTE });
      expect(errors).toEqual(["provider.malformed"]);
      expect(at).toEqual([0, 1, 3, 7, 15, 25, 35, 45, 55]);
    });
  }
});

describe("a failed redemption", () => {
  const failures: Readonly<Record<string, { readonly answer: Answer; readonly code: string }>> = {
    "a 500": { answer: { status: 500 }, code: "provider.unavailable" },
    "a reset": { answer: { error: "ECONNRESET" }, code: "provider.unavailable" },
    "a refused connection": { answer: { error: "ECONNREFUSED" }, code: "provider.unavailable" },
    "a page": { answer: { status: 404, text: "<html>" }, code: "provider.malformed" },
    "a wrong client": {
      answer: { status: 401, json: { error: "invalid_client" } },
      code: "provider.misconfigured",
    },
  };
  for (const [name, { answer, code }] of Object.entries(failures)) {
    test(`${name}: without a token 1 s doubling to 10 s, and the same error at once between`, async () => {
      const { at, errors } = await ask(always(answer), { during: MINUTE });
      expect(at).toEqual([0, 1, 3, 7, 15, 25, 35, 45, 55]);
      expect(errors).toEqual([code]);
    });
  }

  test("behind a live token 1 s doubling to 10 min", async () => {
    const issuer = createIssuer({
      redeem: (count) => (count === 1 ? issue(count, { expires_in: 36_000 }) : { status: 500 }),
    });
    await issuer.manager.getToken();
    await issuer.clock.advance(32_400 * SECOND);
    const { at, errors } = await ask(issuer, { every: 10 * SECOND, during: 50 * MINUTE });
    const gaps = at.slice(2).map((moment, index) => moment - (at[index + 1] ?? 0));
    expect(errors).toEqual([]);
    // Asked every ten seconds, and jitter before each: never sooner than the pause, and not much later.
    for (const [index, gap] of gaps.entries()) {
      const pause = Math.min(2 ** index, 600);
      expect(gap).toBeGreaterThanOrEqual(pause);
      expect(gap).toBeLessThanOrEqual(pause + 12);
    }
    expect(gaps.length).toBeGreaterThan(10);
  });

  test("a success ends the series: the next failure pauses for a second again", async () => {
    const failing = new Set([1, 2, 3, 5, 6]);
    const issuer = createIssuer({
      redeem: (count) => (failing.has(count) ? { status: 500 } : issue(count, { expires_in: 13 })),
    });
    const { at } = await ask(issuer, { during: 24 * SECOND });
    expect(at).toEqual([0, 1, 3, 7, 20, 21, 23]);
  });
});

describe("Retry-After", () => {
  const busy = (seconds: string, status: number): Answer => ({ status, headers: { "retry-after": seconds } });

  for (const status of [429, 503]) {
    test(`of a ${status} binds callers without a token`, async () => {
      const issuer = createIssuer({ redeem: (count) => (count === 1 ? busy("90", status) : issue(count)) });
      const { at } = await ask(issuer, { during: 2 * MINUTE });
      expect(at).toEqual([0, 90]);
    });
  }

  test("says in the error how long is left", async () => {
    const issuer = always(busy("90", 429));
    await expect(issuer.manager.getToken()).rejects.toMatchObject({ retryAfter: 90 * SECOND });
    await issuer.clock.advance(60 * SECOND);
    await expect(issuer.manager.getToken()).rejects.toMatchObject({
      code: "provider.rate_limited",
      retryAfter: 30 * SECOND,
    });
  });

  test("binds for an hour at most", async () => {
    const { at } = await ask(always(busy("86400", 429)), { every: MINUTE, during: 125 * MINUTE });
    expect(at).toEqual([0, 3_600, 7_200]);
  });

  test("binds a forced refresh and one behind a live token too", async () => {
    const issuer = createIssuer({ redeem: (count) => (count === 2 ? busy("600", 503) : issue(count)) });
    await issuer.manager.getToken();
    const forced = { forceRefresh: true, every: 10 * SECOND, during: 590 * SECOND };
    const { at, errors } = await ask(issuer, forced);
    expect(at).toEqual([0, 0]);
    expect(errors).toEqual(["provider.unavailable"]);
  });
});

describe("a pause is no longer for a clock that was set back", () => {
  const DAY = 86_400 * SECOND;
  const cases: Readonly<Record<string, { readonly answer: Answer; readonly pause: number }>> = {
    "after a failure": { answer: { status: 500 }, pause: 10 * SECOND },
    "after a Retry-After": {
      answer: { status: 429, headers: { "retry-after": "90" } },
      pause: 3_600 * SECOND,
    },
  };
  for (const [name, { answer, pause }] of Object.entries(cases)) {
    test(name, async () => {
      const issuer = createIssuer({ redeem: (count) => (count === 1 ? answer : issue(count)) });
      await expect(issuer.manager.getToken()).rejects.toThrow();
      issuer.clock.jump(-DAY);
      const { at } = await ask(issuer, { every: pause / 10, during: 2 * pause });
      expect(at[1]).toBeLessThanOrEqual(pause / SECOND);
    });
  }

  test("behind a live token", async () => {
    const issuer = createIssuer({ redeem: (count) => (count === 2 ? { status: 500 } : issue(count)) });
    await issuer.manager.getToken();
    await issuer.clock.advance(3_240 * SECOND);
    await issuer.manager.getToken();
    await issuer.clock.advance(SECOND);
    issuer.clock.jump(-DAY);
    await ask(issuer, { every: 10 * SECOND, during: MINUTE });
    expect(issuer.manager.peek()?.accessToken).toBe("token-3");
  });
});

describe("minValidity", () => {
  test("of more than the lifetime less the buffer counts as that much", async () => {
    const { at } = await ask(tokens({}), { minValidity: 1e12, every: 10 * SECOND, during: 13 * MINUTE });
    expect(at).toEqual([0, 370, 740]);
  });

  test("hands out a fresh token even if it lasts less than was asked", async () => {
    const { at, errors } = await ask(tokens({ expires_in: 60 }), { minValidity: 1e12, during: 100 * SECOND });
    expect(errors).toEqual([]);
    expect(at).toEqual([0, 30.5, 61, 91.5]);
  });

  test("refreshes once for what it may ask", async () => {
    const issuer = tokens({});
    await issuer.manager.getToken();
    await issuer.clock.advance(40 * MINUTE);
    const { at } = await ask(issuer, { minValidity: 30 * MINUTE, every: 10 * SECOND, during: 5 * MINUTE });
    expect(at).toEqual([0, 2_400]);
  });

  test("of less than is left asks for nothing", async () => {
    const issuer = tokens({});
    await issuer.manager.getToken();
    const { at } = await ask(issuer, { minValidity: 10 * MINUTE, every: MINUTE, during: 50 * MINUTE });
    expect(at).toEqual([0]);
  });
});

describe("rejected", () => {
  const reject: Demand["use"] = (manager, token) => manager.reject(token);

  test("once per token, however often it is said", async () => {
    const issuer = tokens({});
    const token = await issuer.manager.getToken();
    await issuer.clock.advance(MINUTE);
    const { at } = await ask(issuer, { during: 10 * SECOND, use: (manager) => manager.reject(token) });
    expect(at).toEqual([0, 61]);
  });

  test("two in a row within 30 s: token.rejected, and nothing for 30 s doubling to 10 min", async () => {
    const { at, errors } = await ask(tokens({}), { every: 10 * SECOND, during: 60 * MINUTE, use: reject });
    expect(at.slice(0, 2)).toEqual([0, 10]);
    const gaps = at.slice(2).map((moment, index) => moment - (at[index + 1] ?? 0));
    expect(gaps).toEqual([30, 60, 120, 240, 480, 600, 600, 600, 600]);
    expect(errors).toEqual(["token.rejected"]);
  });

  test("a token that was good for a while begins a new series", async () => {
    const issuer = tokens({});
    const rejectLate: Demand["use"] = (manager, token) => {
      if (issuer.clock.now() - token.issuedAt >= 40 * SECOND) manager.reject(token);
    };
    const { at, errors } = await ask(issuer, { every: 10 * SECOND, during: 210 * SECOND, use: rejectLate });
    expect(errors).toEqual([]);
    expect(at).toEqual([0, 50, 100, 150, 200]);
  });

  test("a short-lived token that meets its end on its way says nothing against the next one", async () => {
    const issuer = createIssuer({ redeem: (count) => issue(count, { expires_in: 10 }) });
    const rejectAtTheEnd: Demand["use"] = (manager, token) => {
      if (issuer.clock.now() - token.issuedAt >= 9 * SECOND) manager.reject(token);
    };
    const { at, errors } = await ask(issuer, { every: SECOND, during: 60 * SECOND, use: rejectAtTheEnd });
    expect(errors).toEqual([]);
    expect(at.length).toBeGreaterThanOrEqual(6);
  });

  test("never hands the rejected token out again", async () => {
    const issuer = createIssuer({ redeem: (count) => (count === 1 ? issue(1) : { status: 500 }) });
    issuer.manager.reject(await issuer.manager.getToken());
    expect(issuer.manager.peek()).toBeUndefined();
    const { errors } = await ask(issuer, { during: 30 * SECOND, use: () => expect.unreachable() });
    expect(errors).toEqual(["provider.unavailable"]);
  });
});

describe("forced", () => {
  test("once for the token that the callers have", async () => {
    const issuer = tokens({});
    await issuer.manager.getToken();
    const force = { forceRefresh: true };
    const both = await Promise.all([issuer.manager.getToken(force), issuer.manager.getToken(force)]);
    expect(both.map(({ accessToken }) => accessToken)).toEqual(["token-2", "token-2"]);
    expect(issuer.redemptions).toBe(2);
  });
});
