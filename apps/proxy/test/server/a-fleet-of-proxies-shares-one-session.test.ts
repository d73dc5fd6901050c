import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenManager } from "@tokenflow/core";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { noRedis, startRedis } from "@tokenflow/services";
import { startSimulator } from "@tokenflow/simulator";
import { createRedisStore } from "@tokenflow/store-redis";
import { expect, test } from "vitest";
import { addressOf, startProgram } from "../fixtures/program.ts";
import { until } from "../fixtures/upstream.ts";

const PROXIES = 3;

test.skipIf(noRedis)(
  "three proxies over Redis and a token that ran out: one redemption for all",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "tokenflow-fleet-"));
    await using redis = await startRedis();
    await using simulator = await startSimulator({ interval: 0.01, tokenLifetime: 1 });
    const { settings, counts, journal } = simulator;
    const store = createRedisStore({ url: redis.url });
    {
      await using manager = createTokenManager({
        provider: createCopilotProvider(copilotOptionsFromEnv(simulator.env)),
        store,
      });
      await manager.signIn({ onUserCode: ({ userCode }) => simulator.approve(userCode) });
      await until(() => manager.peek() === undefined, "its token ran out");
    }
    await store.disconnect?.();
    settings.tokenLifetime = 1800;
    const exchanges = (): number => journal.filter(({ kind }) => kind === "exchange").length;
    const before = exchanges();

    const args = ["--port", "0", "--store", redis.url];
    const programs = Array.from({ length: PROXIES }, () =>
      startProgram(args, { HOME: home, TOKENFLOW_HOME: home, ...simulator.env }),
    );
    const urls = await Promise.all(programs.map(addressOf));
    const answers = await Promise.all(
      urls.flatMap((url) => Array.from({ length: 5 }, () => fetch(`${url}/copilot/v1/models`))),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: PROXIES * 5 }, () => 200));
    expect(exchanges() - before).toBe(1);

    // The same holds for a token that the upstream rejects before it expires.
    simulator.expireTokens();
    const again = await Promise.all(
      urls.flatMap((url) => Array.from({ length: 5 }, () => fetch(`${url}/copilot/v1/models`))),
    );
    expect(again.map(({ status }) => status)).toEqual(Array.from({ length: PROXIES * 5 }, () => 200));
    expect(exchanges() - before).toBe(2);
    expect(counts.misdirected).toBe(0);

    for (const program of programs) {
      program.child.kill("SIGTERM");
      expect(await program.over).toBe(0);
      expect(program.errors()).toMatch(/GitHub Copilot: signed in as octocat/);
      await program[Symbol.asyncDispose]();
    }
    await rm(home, { recursive: true, force: true });
  },
);
