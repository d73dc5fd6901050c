import { createTokenManager } from "@tokenflow/core";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { findControl, HOSTILE_SAMPLES, startHostileService } from "@tokenflow/services";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noBrowser, startBrowser } from "../fixtures/browser.ts";
import { startProxy } from "../fixtures/upstream.ts";

let browser: Browser;
beforeAll(async () => {
  if (!noBrowser) browser = await startBrowser();
});
afterAll(async () => {
  if (!noBrowser) await browser.close();
});

const MARKUP = `<img src=x onerror="document.title='owned'"><b>ada</b>`;

test.skipIf(noBrowser)("a link of 4 kB has no QR code, and the page goes on", async () => {
  await using service = await startHostileService(`ADA-${"1".repeat(4_000)}`);
  service.waits = true;
  const monitor = createMonitor();
  const provider = createCopilotProvider(copilotOptionsFromEnv(service.env));
  await using manager = createTokenManager({ provider, onEvent: monitor.onEvent });
  await using proxy = await startProxy({ sessions: [{ manager }], monitor });
  await using context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(proxy.url);
  await page.getByRole("button", { name: "Sign in – GitHub Copilot" }).click();
  const card = page.getByRole("article", { name: "GitHub Copilot" });
  const link = card.getByRole("link", { name: /^Approve at/ });
  expect(await link.getAttribute("href")).toContain("/enter?code=ADA-1");
  expect(await card.locator("svg.qr").count()).toBe(0);
  service.waits = false;
  await card.getByText("Signed in as ADA-1").waitFor();
});

test.skipIf(noBrowser).each(Object.entries({ ...HOSTILE_SAMPLES, markup: MARKUP }))(
  "text with %s is harmless text in the code, the login and the plan",
  async (_name, text) => {
    await using service = await startHostileService(text);
    service.waits = true;
    const monitor = createMonitor();
    const { onEvent } = monitor;
    await using manager = createTokenManager({
      provider: createCopilotProvider(copilotOptionsFromEnv(service.env)),
      onEvent,
    });
    await using proxy = await startProxy({ sessions: [{ manager }], monitor });
    await manager.acquire();
    await using context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(proxy.url);
    const card = page.getByRole("article", { name: "GitHub Copilot" });
    const code = (await card.locator(".user-code").innerText()).trim();
    expect(code).toContain("ada");
    service.waits = false;
    await card.getByText("Signed in as").waitFor();
    const shown = await page.locator("body").innerText();
    for (const part of [code, shown]) expect(findControl(part)).toBeUndefined();
    expect(shown).toMatch(/Signed in as .*ada/);
    expect(shown.length).toBeLessThan(5_000);
    expect(await page.locator("img[src=x], .card b").count()).toBe(0);
    expect(await page.title()).not.toContain("owned");
  },
);
