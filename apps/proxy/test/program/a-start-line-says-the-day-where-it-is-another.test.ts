import { createTokenManager } from "@tokenflow/core";
import { startLines } from "@tokenflow/proxy";
import { expect, test } from "vitest";
import { startUpstream } from "../fixtures/upstream.ts";

const HOUR = 3_600_000;

test.each([
  [48 * HOUR, /^Test Service: given by the environment · token until \d{4}-\d\d-\d\d \d\d:\d\d$/],
  [60_000, /^Test Service: given by the environment · token until (?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d$/],
])("a token for %d ms", async (lifetime, line) => {
  await using upstream = await startUpstream((_request, response) => void response.end());
  const { provider } = upstream.manager;
  const redeem = async () => ({ token: { accessToken: "token", tokenType: "bearer", lifetime } });
  await using manager = createTokenManager({ provider: { ...provider, redeem }, grant: { secret: "grant" } });
  await manager.getToken();
  expect(await startLines({ url: "http://127.0.0.1:1", sessions: [{ manager }] })).toContainEqual(
    expect.stringMatching(line),
  );
});
