import { createTokenManager, type Model, TokenFlowError, type TokenManager } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createModelCatalogs } from "../../src/routing/model-catalogs.ts";

const MINUTE = 60_000;

/** A session of a service whose catalog is the result of `read`. */
function sessionWith(read: () => Promise<readonly Model[]>): TokenManager {
  return createTokenManager({
    provider: {
      id: "test",
      name: "Test Service",
      requestDeviceCode: () => Promise.reject(new Error("not here")),
      pollDeviceCode: () => Promise.reject(new Error("not here")),
      redeem: () => Promise.reject(new Error("not here")),
      grantReplay: () => "always",
      upstream: {
        baseUrl: "https://api.example.org",
        address: () => "https://api.example.org",
        headers: () => ({}),
        isTokenRejected: () => false,
        models: read,
      },
    },
    staticToken: "given",
  });
}

const forever = new AbortController().signal;

test("the cached catalog is used for ten minutes, and while the next one is read in the background", async () => {
  const clock = createFakeClock();
  let answers = 0;
  const manager = sessionWith(async () => [{ id: `model-${(answers += 1)}` }]);
  const catalogues = createModelCatalogs(clock);
  const ask = async (): Promise<readonly Model[] | undefined> => catalogues.modelsOf(manager, forever);

  expect(await ask()).toEqual([{ id: "model-1" }]);
  await clock.advance(10 * MINUTE - 1);
  expect(await ask()).toEqual([{ id: "model-1" }]);
  expect(answers).toBe(1);

  await clock.advance(1);
  expect(await Promise.all([ask(), ask()])).toEqual([[{ id: "model-1" }], [{ id: "model-1" }]]);
  await clock.settle();
  expect(await ask()).toEqual([{ id: "model-2" }]);
  expect(answers).toBe(2);
});

test("after a failure the cached catalog stays in use, and the next read follows after five seconds", async () => {
  const clock = createFakeClock();
  let isDown = false;
  let asked = 0;
  const manager = sessionWith(async () => {
    asked += 1;
    if (isDown) throw new TokenFlowError("provider.unavailable", "The service is unavailable");
    return [{ id: `model-${asked}` }];
  });
  const catalogues = createModelCatalogs(clock);
  const ask = async (): Promise<readonly Model[] | undefined> => {
    const models = await catalogues.modelsOf(manager, forever);
    await clock.settle();
    return models;
  };

  expect(await ask()).toEqual([{ id: "model-1" }]);
  isDown = true;
  await clock.advance(10 * MINUTE);
  expect(await ask()).toEqual([{ id: "model-1" }]);
  await clock.advance(4_999);
  expect(await ask()).toEqual([{ id: "model-1" }]);
  expect(asked).toBe(2);

  isDown = false;
  await clock.advance(1);
  await ask();
  expect(await ask()).toEqual([{ id: "model-3" }]);
});

test("the first requests wait two seconds for the catalog, later ones not at all", async () => {
  const clock = createFakeClock();
  const { promise, resolve } = Promise.withResolvers<readonly Model[]>();
  const catalogues = createModelCatalogs(clock);
  const manager = sessionWith(() => promise);

  const first = catalogues.modelsOf(manager, forever);
  await clock.settle();
  expect(clock.pending.map(({ left }) => left)).toEqual([2_000]);
  await clock.advance(2_000);
  expect(await first).toBeUndefined();
  expect(await catalogues.modelsOf(manager, forever)).toBeUndefined();
  expect(clock.pending).toEqual([]);

  resolve([{ id: "late" }]);
  await clock.settle();
  expect(await catalogues.modelsOf(manager, forever)).toEqual([{ id: "late" }]);
});
