import type { TokenFlowError } from "@tokenflow/core";
import type { Answer } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";

const [CODE] = approved() as [Answer];
const PENDING = { status: 400, json: { error: "authorization_pending" } };
const REFUSED = { status: 400, json: { error: "invalid_grant" } };

test("after a refused grant a new sign-in starts, and the old record stays until the new session replaces it", async () => {
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

test("a caller's abort leaves the shared flow running, and the next call gets the same code", async () => {
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

test("an abort during the request for a code rejects at once, and the code comes anyway", async () => {
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

test("a code that nobody entered expires, and the next call starts a new flow", async () => {
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

test("every caller of a pending sign-in hears its end once, and a listener that throws has no effect", async () => {
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

test("without a live token an unavailable service gives a failure, and starts no sign-in", async () => {
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

test("signIn() joins a flow that acquire() started", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await stage.manager.acquire();
  let userCode = "";
  const done = stage.manager.signIn({ onUserCode: (code) => void (userCode = code.userCode) });
  await stage.clock.advance(6_000);
  expect((await done).token?.isAlive(stage.clock.now())).toBe(true);
  expect(userCode).toBe("ABCD-EFGH");
  expect(stage.script.requests).toHaveLength(3);
});
