import { type Attempt, type Token, withToken } from "@tokenflow/core";
import { describe, expect, test } from "vitest";
import { createIssuer } from "../support/manager-of-tokens.ts";

/** Rejects the given tokens. Its results are the tokens that it was called with. */
const refusing =
  (...names: readonly string[]) =>
  async ({ accessToken }: Token): Promise<Attempt<string>> => ({
    isTokenRejected: names.includes(accessToken),
    value: accessToken,
  });

describe("withToken", () => {
  test("returns the first attempt that was not rejected", async () => {
    const { manager } = createIssuer();
    expect(await withToken(manager, refusing())).toBe("token-1");
    expect(await withToken(manager, refusing("token-1"))).toBe("token-2");
    expect(await withToken(manager, refusing("token-1"))).toBe("token-2");
  });

  test("returns the second rejection, and rejects that token too", async () => {
    const { manager } = createIssuer();
    expect(await withToken(manager, refusing("token-1", "token-2"))).toBe("token-2");
    expect(manager.peek()).toBeUndefined();
  });

  test("discards only the result that nobody will see", async () => {
    const { manager } = createIssuer();
    const discarded: string[] = [];
    const discard = (value: string): void => void discarded.push(value);
    expect(await withToken(manager, refusing("token-1", "token-2"), {}, discard)).toBe("token-2");
    expect(discarded).toEqual(["token-1"]);
  });

  test("makes no second attempt if it cannot, but rejects the token", async () => {
    const issuer = createIssuer();
    const canRepeat = (): boolean => false;
    expect(await withToken(issuer.manager, refusing("token-1"), { canRepeat })).toBe("token-1");
    expect(issuer.redemptions).toBe(1);
    expect((await issuer.manager.getToken()).accessToken).toBe("token-2");
  });

  test("passes on an error of an attempt, and rejects no token for it", async () => {
    const { manager } = createIssuer();
    const attempt = async (): Promise<never> => {
      throw new Error("offline");
    };
    await expect(withToken(manager, attempt)).rejects.toThrow("offline");
    expect(manager.peek()?.accessToken).toBe("token-1");
  });

  test("shares one redemption with all attempts that are rejected at the same time", async () => {
    const issuer = createIssuer();
    const values = await Promise.all(
      Array.from({ length: 50 }, () => withToken(issuer.manager, refusing("token-1"))),
    );
    expect(new Set(values)).toEqual(new Set(["token-2"]));
    expect(issuer.redemptions).toBe(2);
  });

  test("a late rejection of an older token redeems nothing", async () => {
    const issuer = createIssuer();
    const late = Promise.withResolvers<void>();
    const slow = withToken(issuer.manager, async (token) => {
      await late.promise;
      return refusing("token-1")(token);
    });
    expect(await withToken(issuer.manager, refusing("token-1"))).toBe("token-2");
    late.resolve();
    expect(await slow).toBe("token-2");
    expect(issuer.redemptions).toBe(2);
  });
});
