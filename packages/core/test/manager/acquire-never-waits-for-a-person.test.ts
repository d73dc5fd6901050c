import type { TokenFlowError } from "@tokenflow/core";
import type { Answer } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";

const [CODE] = approved() as [Answer];
const PENDING = { status: 400, json: { error: "authorization_pending" } };
const REFUSED = { status: 400, json: { error: "invalid_grant" } };

test("a refused grant begins a new sign-in, and the old record stays until the new session replaces it", async () => {
  const stage = createStage(
    {},
    ...approved(),
    fresh(),
    REFUSED,
    ...approved("grant-of-the-second-sign-in"),
    fresh(),
  );
  await signIn(stage);
  await stage.clock.advance(3_600_000);
  await expect(stage.manager.getToken()).rejects.toMatchObject({ code: "session.revoked" });
  const old = await stage.store.get("test/default");
  expect(await stage.manager.acquire()).toMatchObject({ status: "pending", userCode: "ABCD-EFGH" });
  expect(await stage.store.get("test/default")).toBe(old);
  expect(await stage.manager.status()).toMatchObject({ state: "pending" });
  await stage.clock.advance(6_000);
  expect(await stage.manager.acquire()).toMatchObject({ status: "authorized" });
  expect(String(await stage.store.get("test/default"))).not.toBe(old);
});

test("a caller's abort leaves the shared flow running, and the next call has the same code", async () => {
  const stage = createStage({}, CODE, PENDING);
  const abort = new AbortController();
  const given = stage.manager.acquire({ signal: abort.signal });
  await stage.clock.settle();
  abort.abort(new Error("enough"));
  await given.catch(() => undefined);
  expect(await stage.manager.acquire()).toMatchObject({ status: "pending", userCode: "ABCD-EFGH" });
  await stage.clock.advance(6_000);
  expect(stage.script.requests.map(({ url }) => new URL(url).pathname)).toEqual(["/device", "/poll"]);
});

test("an abort while the code is asked for rejects in the same tick, and the code comes all the same", async () => {
  const stage = createStage({}, async () => {
    await stage.clock.sleep(2_000);
    return CODE;
  });
  const abort = new AbortController();
  const given = stage.manager.acquire({ signal: abort.signal });
  await stage.clock.settle();
  abort.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  const next = stage.manager.acquire();
  await stage.clock.advance(2_000);
  expect(await next).toMatchObject({ status: "pending", userCode: "ABCD-EFGH" });
  expect(stage.script.requests).toHaveLength(1);
});

test("a code that nobody entered ends with its time, and the next call begins a new flow", async () => {
  const stage = createStage(
    {},
    { json: { device_code: "first", user_code: "FIRST", expires_in: 10, interval: 5 } },
    PENDING,
    CODE,
  );
  expect(await stage.manager.acquire()).toMatchObject({ status: "pending", userCode: "FIRST" });
  await stage.clock.advance(20_000);
  expect(stage.clock.pending).toEqual([]);
  expect(await stage.manager.acquire()).toMatchObject({ status: "pending", userCode: "ABCD-EFGH" });
});

test("a caller with a pending sign-in hears once how it ends, and a listener that throws harms nobody", async () => {
  const denied = { status: 400, json: { error: "access_denied" } };
  const stage = createStage({}, CODE, denied, ...approved(), fresh());
  const ends: (string | undefined)[] = [];
  const onSettled = (failure?: TokenFlowError): void => void ends.push(failure?.code);
  await stage.manager.acquire({
    onSettled: () => {
      throw new Error("a fault of the listener's");
    },
  });
  await stage.manager.acquire({ onSettled });
  expect(ends).toEqual([]);
  await stage.clock.advance(6_000);
  expect(ends).toEqual(["device.denied"]);

  await stage.manager.acquire({ onSettled });
  await stage.clock.advance(6_000);
  expect(ends).toEqual(["device.denied", undefined]);
  await stage.manager.acquire({ onSettled });
  await stage.clock.settle();
  expect(ends).toHaveLength(2);
});

test("a service that is away and no live token is failed, never a sign-in", async () => {
  const stage = createStage({}, ...approved(), fresh(), { error: "ECONNREFUSED" });
  await signIn(stage);
  await stage.clock.advance(3_600_000);
  expect(await stage.manager.acquire()).toMatchObject({
    status: "failed",
    error: { code: "provider.unavailable" },
  });
  expect(stage.types()).not.toContain("signin.failed");
  expect(stage.script.requests).toHaveLength(4);
});

test("signIn() joins a flow that acquire() began", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await stage.manager.acquire();
  let userCode = "";
  const done = stage.manager.signIn({ onUserCode: (code) => void (userCode = code.userCode) });
  await stage.clock.advance(6_000);
  expect((await done).token?.isAlive(stage.clock.now())).toBe(true);
  expect(userCode).toBe("ABCD-EFGH");
  expect(stage.script.requests).toHaveLength(3);
});
