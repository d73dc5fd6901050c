import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noBrowser, startBrowser } from "../fixtures/browser.ts";
import { signIn, startWatched } from "../fixtures/dashboard.ts";

let browser: Browser;
beforeAll(async () => {
  if (!noBrowser) browser = await startBrowser();
});
afterAll(async () => {
  if (!noBrowser) await browser.close();
});

test.skipIf(noBrowser).each([
  ["credits", "1,437.5 of 1,500 credits left"],
  ["requests", "287 of 300 requests left"],
] as const)("an account that pays by %s has %s", async (billing, words) => {
  await using watched = await startWatched();
  Object.assign(watched.simulator.settings, { plan: "individual", billing });
  await signIn(watched.managers[0], watched.simulator);
  await using context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(watched.url);
  const card = page.getByRole("article", { name: "GitHub Copilot" });
  const quotas = card.getByRole("list", { name: "Quotas" }).getByRole("listitem");
  await quotas.getByText(words).waitFor();
  const other = billing === "credits" ? "requests" : "credits";
  const premium = (await quotas.allInnerTexts()).filter((text) => /^premium/i.test(text));
  expect(premium).toEqual([expect.stringContaining(words)]);
  expect(premium.join("")).not.toContain(other);
});
