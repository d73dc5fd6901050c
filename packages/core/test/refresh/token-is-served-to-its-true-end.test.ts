import { describe, expect, test, vi } from "vitest";
import { createIssuer, issue } from "../support/manager-of-tokens.ts";
import { approved, createStage, fresh, type Stage, signIn } from "../support/signed-in.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** An hour's token is due after 54 minutes. */
const DUE = 54 * MINUTE;
/** Of the jitter of up to a second. */
const JITTER = 500;

const calm = (): void => void vi.spyOn(Math, "random").mockReturnValue(0.5);

test("due: the old token is served at once, and one refresh runs behind it", async () => {
  calm();
  const issuer = createIssuer();
  await issuer.manager.getToken();
  await issuer.clock.advance(DUE - 1);
  expect((await issuer.manager.getToken()).accessToken).toBe("token-1");
  await issuer.clock.advance(1);
  const answers = await Promise.all(Array.from({ length: 100 }, () => issuer.manager.getToken()));
  expect(new Set(answers.map(({ accessToken }) => accessToken))).toEqual(new Set(["token-1"]));
  expect(issuer.redemptions).toBe(1);
  expect(issuer.clock.pending).toEqual([{ left: JITTER, background: true }]);
  await issuer.clock.advance(JITTER);
  expect(issuer.redeemedAt).toEqual([0, DUE + JITTER]);
  expect(issuer.manager.peek()?.accessToken).toBe("token-2");
});

test("really expired: callers wait for the one refresh", async () => {
  const gate = Promise.withResolvers<void>();
  const issuer = createIssuer({
    redeem: async (count) => {
      if (count === 2) await gate.promise;
      return issue(count);
    },
  });
  await issuer.manager.getToken();
  await issuer.clock.advance(HOUR);
  expect(issuer.manager.peek()).toBeUndefined();
  const asked = Promise.all(Array.from({ length: 100 }, () => issuer.manager.getToken()));
  await issuer.clock.settle();
  gate.resolve();
  expect(new Set((await asked).map(({ accessToken }) => accessToken))).toEqual(new Set(["token-2"]));
  expect(issuer.redemptions).toBe(2);
});

test("token of 4 more valid minutes refused because its refresh failed: it is served until its true end", async () => {
  calm();
  const issuer = createIssuer({ redeem: (count) => (count === 1 ? issue(count) : { error: "ECONNRESET" }) });
  await issuer.manager.getToken();
  await issuer.clock.advance(HOUR - 4 * MINUTE);
  for (let second = 0; second < 240; second += 1) {
    expect((await issuer.manager.getToken()).accessToken).toBe("token-1");
    await issuer.clock.advance(SECOND);
  }
  await expect(issuer.manager.getToken()).rejects.toMatchObject({ code: "provider.unavailable" });
});

describe("with a live token a failed refresh never rejects, whatever the caller wants but force:", () => {
  for (const [name, options, age] of [
    ["nothing", {}, DUE],
    ["a token that is good for longer", { minValidity: 30 * MINUTE }, 45 * MINUTE],
  ] as const) {
    test(name, async () => {
      const issuer = createIssuer({ redeem: (count) => (count === 1 ? issue(count) : { status: 500 }) });
      await issuer.manager.getToken();
      await issuer.clock.advance(age);
      expect((await issuer.manager.getToken(options)).accessToken).toBe("token-1");
      await issuer.clock.advance(2 * SECOND);
      expect(issuer.redemptions).toBe(2);
      expect((await issuer.manager.getToken(options)).accessToken).toBe("token-1");
    });
  }

  test("force, which says why, and leaves the old token to others", async () => {
    const issuer = createIssuer({ redeem: (count) => (count === 1 ? issue(count) : { status: 500 }) });
    await issuer.manager.getToken();
    await expect(issuer.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({ status: 500 });
    expect((await issuer.manager.getToken()).accessToken).toBe("token-1");
  });
});

test("where redeeming ends the token in use, callers wait while it runs", async () => {
  calm();
  const gate = Promise.withResolvers<void>();
  const issuer = createIssuer({
    redeemInvalidatesToken: true,
    redeem: async (count) => {
      if (count === 2) await gate.promise;
      return issue(count);
    },
  });
  await issuer.manager.getToken();
  await issuer.clock.advance(DUE);
  expect((await issuer.manager.getToken()).accessToken).toBe("token-1");
  await issuer.clock.advance(JITTER);
  expect(issuer.manager.peek()).toBeUndefined();
  let answered = false;
  const asked = issuer.manager.getToken().finally(() => {
    answered = true;
  });
  await issuer.clock.settle();
  expect(answered).toBe(false);
  gate.resolve();
  expect((await asked).accessToken).toBe("token-2");
});

test("fixed timer from the first `refresh_in`; dead after a laptop's sleep: a started manager refreshes on waking", async () => {
  const issuer = createIssuer({ redeem: (count) => issue(count, { expires_in: 1_800, refresh_in: 1_500 }) });
  await issuer.manager.start();
  await issuer.clock.advance(25 * MINUTE);
  expect(issuer.manager.peek()?.accessToken).toBe("token-2");
  await issuer.clock.suspend(8 * HOUR);
  await issuer.clock.advance(2 * SECOND);
  expect(issuer.manager.peek()?.accessToken).toBe("token-3");
  await issuer.clock.advance(50 * MINUTE);
  expect(issuer.manager.peek()?.accessToken).toBe("token-5");
  await issuer.manager.close();
  expect(issuer.clock.pending).toEqual([]);
});

test("start() rejects with why there is no token, and leaves no timer", async () => {
  const issuer = createIssuer({ redeem: () => ({ status: 400, json: { error: "invalid_grant" } }) });
  await expect(issuer.manager.start()).rejects.toMatchObject({ code: "session.revoked" });
  await issuer.clock.settle();
  expect(issuer.clock.pending).toEqual([]);
});

test("rotated refresh token overwritten by the old one: the newest is sent next, and kept where none came", async () => {
  const sent: string[] = [];
  const issuer = createIssuer({
    redeem: (count) => issue(count, count === 2 ? {} : { refresh_token: `grant-${count + 1}` }),
  });
  const { manager } = issuer;
  const http = manager.provider.redeem;
  Object.assign(manager.provider, {
    redeem: (...args: Parameters<typeof http>) => {
      sent.push(String(args[0]["refresh_token"]));
      return http(...args);
    },
  });
  for (let count = 0; count < 4; count += 1) {
    await manager.getToken();
    await issuer.clock.advance(HOUR);
  }
  expect(sent).toEqual(["grant-1", "grant-2", "grant-2", "grant-4"]);
});

test("the loser's failure deletes the winner's new tokens: a refusal of an old grant adopts the new session", async () => {
  const winner = createStage({}, ...approved("grant-of-the-winner"), fresh());
  await signIn(winner);
  const loser: Stage = createStage(
    {},
    ...approved("grant-of-the-loser"),
    fresh({ expires_in: 60 }),
    async () => {
      await loser.store.set("test/default", await winner.store.get("test/default"));
      return { status: 400, json: { error: "invalid_grant" } };
    },
  );
  await signIn(loser);
  await loser.clock.advance(2 * MINUTE);
  const [won, adopted] = [await winner.manager.getToken(), await loser.manager.getToken()];
  expect(adopted.accessToken).toBe(won.accessToken);
  expect(await loser.store.get("test/default")).toBe(await winner.store.get("test/default"));
  expect(await loser.manager.status()).toMatchObject({ state: "valid" });
});
