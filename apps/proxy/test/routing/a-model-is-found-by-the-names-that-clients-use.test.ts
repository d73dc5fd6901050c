import { createTokenManager, type Provider } from "@tokenflow/core";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { hyperManager, post } from "../fixtures/requests.ts";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

/** Returns the model that the upstream receives, for a given catalog. */
async function sentFor(model: string, catalogue: readonly string[] | Error): Promise<unknown> {
  const bodies: string[] = [];
  await using upstream = await startUpstream(async (request, response) => {
    bodies.push(Buffer.concat(await request.toArray()).toString());
    response.end("{}");
  });
  const provider: Provider = {
    ...upstream.manager.provider,
    upstream: {
      baseUrl: `${upstream.url}/api`,
      address: () => `${upstream.url}/api`,
      headers: () => ({}),
      isTokenRejected: () => false,
      models: () =>
        catalogue instanceof Error
          ? Promise.reject(catalogue)
          : Promise.resolve(catalogue.map((id) => ({ id }))),
    },
  };
  await using manager = createTokenManager({ provider, grant: { secret: "grant" } });
  await using proxy = await startProxy({ sessions: [{ manager }] });
  await post(`${proxy.url}/v1/chat/completions`, { model, messages: [] });
  const sent: unknown = JSON.parse(bodies[0] ?? "{}");
  return sent && typeof sent === "object" && "model" in sent ? sent.model : undefined;
}

const CLAUDES = [
  "claude-sonnet-4",
  "claude-sonnet-4.5",
  "claude-opus-41",
  "claude-3.5-sonnet",
  "gpt-4.1",
  "gpt-4o",
];

test.each([
  ["claude-sonnet-4-5-20250929", "claude-sonnet-4.5"],
  ["claude-sonnet-4-5", "claude-sonnet-4.5"],
  ["claude-sonnet-4-20250514", "claude-sonnet-4"],
  ["claude-sonnet-4@20250514", "claude-sonnet-4"],
  ["claude-opus-4-1-20250805", "claude-opus-41"],
  ["claude-3-5-sonnet-latest", "claude-3.5-sonnet"],
  ["gpt-4.1-2025-04-14", "gpt-4.1"],
  ["GPT-4o-2024-11-20", "gpt-4o"],
])("%s is %s", async (name, id) => {
  expect(await sentFor(name, CLAUDES)).toBe(id);
});

test.each([
  ["is there by its own name", "gpt-4o-2024-11-20", ["gpt-4o", "gpt-4o-2024-11-20"]],
  ["could mean two models", "gpt-4-1", ["gpt-4.1", "gpt-41"]],
  ["means none", "gpt-5", CLAUDES],
  ["is only like another", "claude-sonnet-4-6", CLAUDES],
  ["cannot be looked up", "claude-sonnet-4-5-20250929", new Error("no catalogue")],
])("a name that %s stays unchanged", async (_why, name, catalogue) => {
  expect(await sentFor(name, catalogue)).toBe(name);
});

test("a date that the catalog contains is not removed", async () => {
  expect(await sentFor("GPT-4o-2024-11-20", ["gpt-4o", "gpt-4o-2024-11-20"])).toBe("gpt-4o-2024-11-20");
});

test("an alias comes first, and may name another provider", async () => {
  await using copilot = await startCopilot();
  const hyper = hyperManager(copilot.simulator);
  const aliases = { "gpt-4.1": "claude-sonnet-4-5", fast: "hyper/kimi-k2.5" };
  await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }], aliases });

  for (const model of ["gpt-4.1", "fast", "toString"]) {
    await post(`${proxy.url}/v1/chat/completions`, { model, messages: [{ role: "user", content: "?" }] });
  }

  const calls = copilot.simulator.journal.filter(({ kind }) => kind === "chat");
  expect(calls.map(({ service, model, status }) => [service, model, status])).toEqual([
    // The API refuses the editor of the first one.
    ["copilot", "claude-sonnet-4.5", 400],
    ["copilot", "claude-sonnet-4.5", 200],
    ["hyper", "kimi-k2.5", 200],
    ["copilot", "toString", 400],
  ]);
});

test("many requests read the catalog once", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const body = { model: "claude-sonnet-4-5-20250929", messages: [{ role: "user", content: "?" }] };

  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post(`${proxy.url}/v1/chat/completions`, body)),
  );

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(copilot.simulator.journal.filter(({ kind }) => kind === "models")).toHaveLength(1);
});

test("a catalog that never arrives delays nobody for long", async () => {
  await using copilot = await startCopilot();
  copilot.simulator.fault({ service: "copilot", path: "/models", hang: true, count: 100 });
  await using proxy = await startProxy({ sessions: [copilot] });
  const body = { model: "gpt-4.1", messages: [{ role: "user", content: "?" }] };
  const ask = (): Promise<{ status: number }> => post(`${proxy.url}/v1/chat/completions`, body);

  expect(await ask()).toMatchObject({ status: 200 });
  const start = performance.now();
  expect(await ask()).toMatchObject({ status: 200 });
  expect(performance.now() - start).toBeLessThan(1_000);
});
