import { join } from "node:path";
import { createFakeClock } from "@tokenflow/core/testing";
import type { AnsweredCall, UsageReport } from "@tokenflow/proxy";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { createUsage, type Usage } from "@tokenflow/proxy/usage";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axeViolations, noBrowser, startBrowser } from "../fixtures/browser.ts";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const PICTURES = join(import.meta.dirname, "../../.output");
const DAY = 86_400_000;
const MODELS = ["gpt-4.1", "claude-sonnet-4.5", "kimi-k2.5"];

const call: AnsweredCall = {
  key: "ci",
  session: "copilot",
  model: "gpt-4.1",
  client: "codex",
  conversation: undefined,
  isComplete: true,
  inputTokens: 1_000,
  cachedTokens: 250,
  outputTokens: 100,
  reasoningTokens: 40,
  credits: 2,
};

/** A month of answers, with more of them every day, and one that broke off. */
async function recordMonth(): Promise<{
  readonly usage: Usage;
  readonly clock: ReturnType<typeof createFakeClock>;
}> {
  const clock = createFakeClock(Date.UTC(2026, 10, 1, 12));
  const usage = createUsage({ clock });
  for (let day = 0; day < 30; day += 1) {
    for (let turn = 0; turn <= day; turn += 1) {
      const model = MODELS[(day + turn) % MODELS.length];
      void usage.record({ ...call, model, conversation: `c0ffee${String(turn % 12).padStart(2, "0")}` });
    }
    if (day < 29) await clock.advance(DAY);
  }
  void usage.record({ ...call, isComplete: false, credits: undefined });
  return { usage, clock };
}

let browser: Browser;
beforeAll(async () => {
  if (!noBrowser) browser = await startBrowser();
});
afterAll(async () => {
  if (!noBrowser) await browser.close();
});

test("the report adds up days, models and conversations, and needs usage to be counted", async () => {
  const { usage, clock } = await recordMonth();
  using _usage = usage;
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], usage, monitor: createMonitor({ clock }) });
  await expect
    .poll(async () => {
      const report = (await (await fetch(`${proxy.url}/api/usage?days=7`)).json()) as UsageReport;
      return report.days.map(({ name, answers }) => [name, answers]);
    })
    .toEqual(Array.from({ length: 7 }, (_, index) => [`2026-11-${24 + index}`, 24 + index]));
  const month = (await (await fetch(`${proxy.url}/api/usage?days=30`)).json()) as UsageReport;
  expect(month.models.reduce((sum, { credits }) => sum + credits, 0)).toBe(930);
  expect(month.models.reduce((sum, { unknown }) => sum + unknown, 0)).toBe(1);
  expect(month.conversations).toHaveLength(12);
  expect(month.conversations[0]?.name).toBe("c0ffee00");
  const today = (await (await fetch(`${proxy.url}/api/usage?days=1`)).json()) as UsageReport;
  expect(today.days).toHaveLength(1);

  await using blind = await startProxy({ sessions: [upstream], monitor: createMonitor() });
  expect((await fetch(`${blind.url}/api/usage`)).status).toBe(404);
  await using keyed = await startProxy({
    sessions: [upstream],
    usage,
    keys: [{ name: "ci", secret: "a-secret", allow: ["POST /chat/*"] }],
    monitor: createMonitor(),
  });
  expect((await fetch(`${keyed.url}/api/usage`)).status).toBe(401);
  const headers = { authorization: "Bearer a-secret" };
  expect((await fetch(`${keyed.url}/api/usage`, { headers })).status).toBe(403);
});

test.skipIf(noBrowser)(
  "it has plots, the cache rate and the most expensive conversations",
  async () => {
    const { usage, clock } = await recordMonth();
    using _usage = usage;
    await using upstream = await startUpstream((_request, response) => response.end("{}"));
    await using proxy = await startProxy({ sessions: [upstream], usage, monitor: createMonitor({ clock }) });
    for (const [name, colorScheme, width] of [
      ["light", "light", 1280],
      ["dark", "dark", 1280],
      ["narrow", "light", 390],
    ] as const) {
      // The days are those of UTC everywhere.
      await using context = await browser.newContext({
        colorScheme,
        viewport: { width, height: 900 },
        timezoneId: "America/Los_Angeles",
      });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(proxy.url);
      await page.getByRole("link", { name: "Usage" }).click();
      await page.getByText("930 credits in 30 days, most on Nov 30: 60.").waitFor();
      expect(await page.getByRole("heading", { name: "Sessions" }).isVisible()).toBe(false);
      const card = (title: string) => page.locator(".figures .card").filter({ hasText: title });
      expect(await card("Cache rate").innerText()).toMatch(/Cache rate\s+25 %\s+of 465,000 input tokens/);
      expect(await card("Answers").innerText()).toMatch(/Answers\s+465\s+and 1 whose cost is unknown/);
      const models = page.getByRole("region", { name: "Usage by model" }).getByRole("rowheader");
      expect((await models.allInnerTexts()).map((text) => text.trim()).toSorted()).toEqual(MODELS.toSorted());
      const conversations = page.getByRole("region", { name: "Usage by conversation" });
      expect(await conversations.getByRole("rowheader").first().innerText()).toContain("c0ffee00");
      expect(await axeViolations(page), name).toEqual([]);
      // Nothing overflows at the side.
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(width);
      await page.screenshot({ path: join(PICTURES, `usage-${name}.png`), fullPage: true });

      await page.getByRole("button", { name: "7 days" }).click();
      await page.getByText("378 credits in 7 days").waitFor();
      await page.getByRole("link", { name: "Now" }).click();
      await page.getByRole("heading", { name: "Sessions" }).waitFor();
      expect(errors).toEqual([]);
    }
  },
  240_000,
);

test.skipIf(noBrowser)("without a count of usage there is no such page", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });
  await using context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${proxy.url}/#usage`);
  await page.getByRole("heading", { name: "Sessions" }).waitFor();
  expect(await page.getByRole("link", { name: "Usage" }).count()).toBe(0);
});
