import { createTokenManager, type TokenFlowEvent } from "@tokenflow/core";
import { findSecret } from "@tokenflow/core/testing";
import {
  copilotOptionsFromEnv,
  createCopilotGrant,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import type { ProxyLogEntry } from "@tokenflow/proxy";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { openEvents } from "../fixtures/event-stream.ts";
import { startProxy, until } from "../fixtures/upstream.ts";

const KEY = "key-of-this-test-0123456789";
const SAID = "what the person said in confidence";

test("logs, metrics, status, events and errors contain no secret, in all kinds of failures", async () => {
  await using simulator = await startSimulator({ interval: 0.02, unknownEditors: true });
  const grant = simulator.createGrant("github");
  const log: ProxyLogEntry[] = [];
  const told: TokenFlowEvent[] = [];
  const monitor = createMonitor();
  const onEvent = (event: TokenFlowEvent): void => {
    told.push(event);
    monitor.onEvent(event);
  };
  const provider = createCopilotProvider(copilotOptionsFromEnv(simulator.env));
  await using given = createTokenManager({ provider, grant: createCopilotGrant(grant), onEvent });
  await using direct = createTokenManager({
    provider: createCopilotProvider({ ...copilotOptionsFromEnv(simulator.env), mode: "direct" }),
    account: "direct",
    grant: createCopilotGrant(grant),
    onEvent,
  });
  await using empty = createTokenManager({ provider, account: "work", onEvent });
  const tokens = new Set<string>();
  const keys = [{ name: "test", secret: KEY }];
  await using proxy = await startProxy({
    sessions: [{ manager: given }, { manager: direct }, { manager: empty }],
    keys,
    monitor,
    log: (entry) => log.push(entry),
  });
  await using events = await openEvents(proxy.url, KEY);
  const shown: string[] = [];
  const ask = async (path: string, init: RequestInit = {}, key = KEY): Promise<number> => {
    const answer = await fetch(proxy.url + path, {
      ...init,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    });
    const text = await answer.text();
    // A model's response belongs to the caller. Everything else must not contain a secret.
    if (!answer.ok || !path.includes("/v1/")) shown.push(text, JSON.stringify([...answer.headers]));
    tokens.add((await given.getToken().catch(() => undefined))?.accessToken ?? KEY);
    return answer.status;
  };
  const body = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: SAID }] });
  const chat = (path = "/v1/chat/completions"): Promise<number> => ask(path, { method: "POST", body });

  expect(await chat()).toBe(200);
  expect(await ask("/v1/models", {}, "a-wrong-key-987654321")).toBe(401);
  expect(await ask(`/v1/${grant}?api_key=${KEY}`)).toBe(404);
  expect(await ask("/device/auth/device-code-of-hyper")).toBe(404);
  expect(await ask("/v1/chat/completions", { method: "POST", body: `{"model":"${SAID}` })).toBeGreaterThan(
    399,
  );
  expect(await chat("/copilot@direct/v1/chat/completions")).toBe(200);
  expect(await chat("/copilot@work/v1/chat/completions")).toBe(401);
  simulator.expireTokens();
  expect(await chat()).toBe(200);
  for (const fault of [{ reset: true }, { status: 500, body: grant }, { retryAfter: 0 }, { badJson: true }]) {
    simulator.fault({ service: "copilot", path: "/chat/completions", ...fault });
    if (!("body" in fault)) await chat();
    else simulator.clearFaults();
  }
  simulator.expireTokens();
  simulator.fault({ service: "github-api", body: `{"message":"${grant}"}`, status: 500 });
  expect(await chat()).toBeGreaterThan(400);
  for (const path of ["/metrics", "/api/status", "/livez", "/readyz"]) await ask(path);
  expect(await ask("/api/sign-in", { method: "POST", body: '{"provider":"copilot","account":"work"}' })).toBe(
    200,
  );
  await ask("/api/sign-out", { method: "POST", body: '{"provider":"copilot","account":"work"}' });
  await until(() => log.length > 14, "all of it was logged");

  tokens.delete(KEY);
  expect(tokens.size).toBeGreaterThan(1);
  const secrets = [KEY, grant, SAID, "a-wrong-key", "device-code-of-hyper", ...tokens];
  for (const [what, value] of Object.entries({ log, told, shown, events: events.text() })) {
    expect(findSecret(value, secrets), what).toBeUndefined();
  }
  expect(events.text()).toMatch(/event: request[^]*event: session/);
});
