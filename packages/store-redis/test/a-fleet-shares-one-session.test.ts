import { createTokenManager } from "@tokenflow/core";
import { expect, test } from "vitest";
import { openStore } from "./support/open-store.ts";
import { noRedis, startRedis } from "./support/redis-server.ts";
import { createRotatingProvider } from "./support/rotating-provider.ts";
import { startRotatingServer } from "./support/rotating-server.ts";
import { startChild } from "./support/start-child.ts";

/** In seconds; the buffer is half of it, so that each token is due after 1 s. */
const LIFETIME = 2;
const TOKENS = 3;

test.skipIf(noRedis)(
  "8 processes over Redis redeem once per expiry, and no grant is refused",
  { timeout: 60_000 },
  async () => {
    await using redis = await startRedis();
    await using server = await startRotatingServer(LIFETIME);
    const manager = createTokenManager({
      provider: createRotatingProvider(server.url),
      store: openStore({ url: redis.url }),
    });
    await manager.signIn({ onUserCode: () => undefined });
    const start = performance.now();
    const children = Array.from({ length: 8 }, () =>
      startChild("use-session.ts", server.url, String(TOKENS), redis.url),
    );
    for (const child of children) expect(await child.ended()).toBe(0);
    const took = performance.now() - start;
    await manager.close();
    expect(server.counts.refused).toBe(0);
    // The one of the sign-in, and from then on no two for one expiry.
    expect(server.counts.redeemed).toBeGreaterThanOrEqual(TOKENS);
    expect(server.counts.redeemed).toBeLessThanOrEqual(1 + Math.ceil(took / (LIFETIME * 500)));
  },
);
