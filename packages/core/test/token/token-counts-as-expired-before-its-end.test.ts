import { Token } from "@tokenflow/core";
import { describe, expect, test } from "vitest";
import { createIssuer, issue } from "../support/manager-of-tokens.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

describe("the expiry buffer is 10 %, at least 30 s, at most half the lifetime:", () => {
  const cases: readonly (readonly [lifetime: number, expiredAfter: number])[] = [
    [24 * HOUR, 21.6 * HOUR],
    [HOUR, 3_240 * SECOND],
    [1_800 * SECOND, 1_620 * SECOND],
    [301 * SECOND, 270_900],
    [300 * SECOND, 270 * SECOND],
    [299 * SECOND, 269 * SECOND],
    [61 * SECOND, 31 * SECOND],
    [60 * SECOND, 30 * SECOND],
    [59 * SECOND, 29_500],
    [10 * SECOND, 5 * SECOND],
    [2, 1],
  ];
  for (const [lifetime, expiredAfter] of cases) {
    test(`a token of ${lifetime / SECOND} s is expired after ${expiredAfter / SECOND} s, and alive to its end`, () => {
      const issuedAt = Date.UTC(2026, 0, 1);
      const token = new Token({ accessToken: "token-1", issuedAt, expiresAt: issuedAt + lifetime });
      const at = (age: number): boolean[] => [token.isExpired(issuedAt + age), token.isAlive(issuedAt + age)];
      expect(at(expiredAfter - 1)).toEqual([false, true]);
      expect(at(expiredAfter)).toEqual([true, true]);
      expect(at(lifetime - 1)).toEqual([true, true]);
      expect(at(lifetime)).toEqual([true, false]);
    });
  }

  test("a token without an end never expires", () => {
    const token = new Token({ accessToken: "token-1", issuedAt: 0 });
    expect([token.isExpired(8.64e15), token.isAlive(8.64e15)]).toEqual([false, true]);
  });
});

describe("a token is due 60 s before its `refresh_in`, where that makes sense:", () => {
  const BY_BUFFER = 1_620 * SECOND;
  const cases: readonly (readonly [refreshIn: unknown, dueAfter: number])[] = [
    [1_500, 1_440 * SECOND],
    [61, 1 * SECOND],
    [60.5, 500],
    [60, BY_BUFFER],
    [30, BY_BUFFER],
    [0, BY_BUFFER],
    [-1_500, BY_BUFFER],
    [1_800, BY_BUFFER],
    [1_801, BY_BUFFER],
    [1e300, BY_BUFFER],
    ["soon", BY_BUFFER],
    [null, BY_BUFFER],
    [undefined, BY_BUFFER],
  ];
  for (const [refreshIn, dueAfter] of cases) {
    test(`${refreshIn} of 1800`, async () => {
      const { manager } = createIssuer({
        redeem: (count) => issue(count, { expires_in: 1_800, refresh_in: refreshIn }),
      });
      const { issuedAt, dueAt, expiresAt } = await manager.getToken();
      expect([(dueAt ?? 0) - issuedAt, (expiresAt ?? 0) - issuedAt]).toEqual([dueAfter, 1_800 * SECOND]);
    });
  }
});
