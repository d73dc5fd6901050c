import { createServer } from "node:http";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axeViolations, noBrowser, startBrowser } from "../fixtures/browser.ts";
import { askModel, signIn, startWatched, type Watched } from "../fixtures/dashboard.ts";
import { listen } from "../fixtures/upstream.ts";

const PICTURES = join(import.meta.dirname, "../../.output");
const keys = [{ name: "laptop", secret: "a-key-of-the-laptop" }];

let browser: Browser;
let open: Watched;
let keyed: Watched;

beforeAll(async () => {
  if (noBrowser) return;
  [browser, open, keyed] = await Promise.all([startBrowser(), startWatched(), startWatched({ keys })]);
});

afterAll(async () => {
  if (noBrowser) return;
  await browser.close();
  await open[Symbol.asyncDispose]();
  await keyed[Symbol.asyncDispose]();
});

interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the page and in the console. */
  readonly pageErrors: readonly string[];
  /** The URLs of all requests. */
  readonly requestedUrls: readonly string[];
}

async function openPage(
  url: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const pageErrors: string[] = [];
  const requestedUrls: string[] = [];
  page.on("console", (message) => message.type() === "error" && pageErrors.push(message.text()));
  page.on("pageerror", (error) => pageErrors.push(String(error)));
  page.on("request", (request) => requestedUrls.push(request.url()));
  await page.goto(url);
  return { page, context, pageErrors, requestedUrls, [Symbol.asyncDispose]: () => context.close() };
}

test.skipIf(noBrowser)("a person signs in on the page, sees requests live and signs out", async () => {
  await using opened = await openPage(open.url, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page, pageErrors, requestedUrls } = opened;
  const card = page.getByRole("article", { name: "GitHub Copilot" });
  await page.getByRole("heading", { name: "Nobody is signed in" }).waitFor();
  expect(await card.innerText()).toContain("Signed out");

  // With the keyboard only.
  const button = page.getByRole("button", { name: "Sign in – GitHub Copilot" });
  await page.keyboard.press("Tab");
  expect(await button.evaluate((node) => node === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await card.locator(".pill").getByText("Waiting for approval").waitFor();
  const code = await card.locator(".user-code").innerText();
  expect(await card.locator(".sign-in").innerText()).toContain(
    'GitHub will name the app "GitHub Copilot Plugin"',
  );
  const link = card.getByRole("link", { name: /^Approve at/ });
  expect(await link.getAttribute("href")).toContain(open.simulator.githubUrl);
  await card.getByRole("img", { name: "QR code of the link to approve GitHub Copilot" }).waitFor();
  await card.getByRole("button", { name: "Copy code" }).click();
  await card.getByText("Copied").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
  expect(await axeViolations(page)).toEqual([]);
  await page.screenshot({ path: join(PICTURES, "dashboard-sign-in.png"), fullPage: true });

  open.simulator.approve(code);
  await card.getByText("Fresh", { exact: true }).waitFor();
  await card.getByText("Signed in as octocat").waitFor();
  await page.getByRole("heading", { name: "All is well" }).waitFor();
  expect(await card.locator(".sign-in").count()).toBe(0);

  const [refresh, expiry] = [card.locator("dd").first(), card.locator("dd").last()];
  const before = await refresh.innerText();
  expect([before, await expiry.innerText()]).toEqual([
    expect.stringMatching(/^2\d:\d\d$/),
    expect.stringMatching(/^(?:29|30):\d\d$/),
  ]);
  await page.waitForFunction((text) => document.querySelector("article dd")?.textContent !== text, before);
  expect((await refresh.innerText()) < before).toBe(true);
  await card
    .getByRole("list", { name: "Quotas" })
    .getByText(/of [\d,]+ requests left/)
    .first()
    .waitFor();

  open.simulator.settings.chunkDelay = 60;
  const answer = askModel(open.url, "copilot", { model: "gpt-4.1", stream: true });
  const row = page.getByRole("row").filter({ hasText: "gpt-4.1" });
  await row.getByText("200 responding").waitFor();
  await answer;
  await row.getByText("200", { exact: true }).waitFor();
  expect(await row.innerText()).toMatch(
    /gpt-4\.1\s+\/v1\/chat\/completions\s+copilot\/default\s+200\s+\d+ ms\s+[\d.]+ m?s\s+[\d.]+ k?B/,
  );
  await page.getByText("in the last hour, at most 1 per minute").first().waitFor();
  await page.getByText("1 request in the last hour · no errors").waitFor();
  expect(await page.locator(".plot canvas").count()).toBe(3);
  expect(await row.getAttribute("title")).toMatch(
    /^turn: user\nconversation: [\da-f]{8}\ninput tokens: \d+\noutput tokens: \d+\ncredits: [\d.e-]+$/,
  );
  await fetch(`${open.url}/copilot/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-beta": "context-1m-2025-08-07" },
    body: JSON.stringify({
      model: "gpt-5-codex",
      max_tokens: 100,
      context_management: { edits: [] },
      messages: [{ role: "user", content: "hi" }],
    }),
  });
  const translated = page.getByRole("row").filter({ hasText: "gpt-5-codex" });
  await translated.getByText("200", { exact: true }).waitFor();
  expect(await translated.getAttribute("title")).toMatch(
    /\ntranslated: messages to responses\nleft out: context_management$/,
  );
  const line = page.getByRole("listitem").filter({ hasText: "claude" }).first();
  await line.getByRole("button", { name: "Copy line for claude" }).click();
  await line.getByText("Copied").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    new RegExp(`^ANTHROPIC_BASE_URL=${open.url} .* claude`),
  );
  const { accessToken } = await open.managers[0].getToken();
  expect(await page.content()).not.toContain(accessToken.slice(0, 12));

  const out = page.getByRole("button", { name: "Sign out – GitHub Copilot" });
  await out.click();
  const dialog = page.getByRole("dialog", { name: "Sign out of GitHub Copilot?" });
  await dialog.waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect((await open.managers[0].status()).state).toBe("valid");
  await out.click();
  await dialog.getByRole("button", { name: "Sign out" }).click();
  await card.getByText("Signed out").waitFor();
  expect((await open.managers[0].status()).state).toBe("signed_out");

  expect(pageErrors).toEqual([]);
  expect(new Set(requestedUrls.map((url) => new URL(url).origin))).toEqual(new Set([open.url]));
  expect(new Set(requestedUrls.map((url) => new URL(url).pathname))).toEqual(
    new Set(["/", "/api/events", "/api/sign-in", "/api/sign-out"]),
  );
});

test.skipIf(noBrowser)("it shows that the proxy does not respond, and reconnects by itself", async () => {
  await using opened = await openPage(open.url);
  const { page } = opened;
  const live = page.getByRole("status").getByText("Live", { exact: true });
  await live.waitFor();

  await open.stop();
  await page.getByRole("status").getByText("The proxy does not respond. Reconnecting…").waitFor();
  await signIn(open.managers[1], open.simulator);
  await open.start();

  await live.waitFor();
  await page.getByRole("article", { name: "Hyper" }).getByText("Fresh", { exact: true }).waitFor();
});

test.skipIf(noBrowser)(
  "a key in the URL is removed at once, stays in the tab and opens the data",
  async () => {
    await using opened = await openPage(`${keyed.url}/#key=a-key-of-the-laptop`);
    const { page, requestedUrls } = opened;
    await page.getByRole("heading", { name: "Nobody is signed in" }).waitFor();

    expect(page.url()).toBe(`${keyed.url}/`);
    expect(
      await page.evaluate(() => [history.length, Object.values(sessionStorage), localStorage.length]),
    ).toEqual([expect.any(Number), ["a-key-of-the-laptop"], 0]);
    await page.reload();
    await page.getByRole("heading", { name: "Nobody is signed in" }).waitFor();
    await page.goBack().catch(() => undefined);
    expect(page.url()).not.toContain("key");
    expect(requestedUrls.join(" ")).not.toContain("a-key-of-the-laptop");
  },
);

test.skipIf(noBrowser)("it asks for a missing key, and reports a wrong or changed one", async () => {
  await using opened = await openPage(keyed.url);
  const { page } = opened;
  const input = page.getByLabel("Key");
  await page.getByRole("heading", { name: "This proxy requires a key" }).waitFor();
  expect(await page.locator("#dashboard").isVisible()).toBe(false);
  expect(await axeViolations(page)).toEqual([]);

  await input.fill("another");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("The proxy does not accept this key.").waitFor();
  await input.fill("a-key-of-the-laptop");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nobody is signed in" }).waitFor();

  await keyed.stop();
  await keyed.start({ keys: [{ name: "new", secret: "a-new-key" }] });
  await page.getByRole("heading", { name: "This proxy requires a key" }).waitFor();
  await page.goto(`${keyed.url}/#key=a-new-key`);
  await page.getByRole("heading", { name: "Nobody is signed in" }).waitFor();
});

test.skipIf(noBrowser)(
  "a quota without a limit is unlimited, and a balance shows only the rest",
  async () => {
    await using watched = await startWatched();
    watched.simulator.settings.plan = "business";
    for (const manager of watched.managers) await signIn(manager, watched.simulator);
    await using opened = await openPage(watched.url);
    const quotas = (name: string) =>
      opened.page.getByRole("article", { name }).getByRole("list", { name: "Quotas" }).getByRole("listitem");

    await quotas("Hyper").getByText("1,000 hypercredits left").waitFor();
    await quotas("Copilot").getByText("unlimited, 31 credits used").waitFor();
    expect(await quotas("Copilot").allInnerTexts()).toEqual([
      expect.stringMatching(/^chat\s+unlimited$/i),
      expect.stringMatching(/^completions\s+unlimited$/i),
      expect.stringMatching(/^premium interactions\s+unlimited, 31 credits used$/i),
    ]);
  },
);

test.skipIf(noBrowser)(
  "axe finds no violation in light and dark mode and on a narrow screen",
  async () => {
    for (const manager of open.managers) {
      if ((await manager.status()).state !== "valid") await signIn(manager, open.simulator);
    }
    open.simulator.settings.chunkDelay = 0;
    open.simulator.fault({ service: "copilot", method: "POST", status: 500 });
    for (const stream of [false, true, true])
      await askModel(open.url, "copilot", { model: "gpt-4.1", stream });
    for (const [name, colorScheme, width] of [
      ["light", "light", 1280],
      ["dark", "dark", 1280],
      ["narrow", "light", 390],
    ] as const) {
      await using opened = await openPage(open.url, { colorScheme, viewport: { width, height: 900 } });
      const { page } = opened;
      await page.getByRole("heading", { name: "All is well" }).waitFor();
      await page.getByText("requests left").first().waitFor();
      expect(await axeViolations(page), name).toEqual([]);
      // Nothing overflows at the side.
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(width);
      await page.screenshot({ path: join(PICTURES, `dashboard-${name}.png`), fullPage: true });
    }
  },
  240_000,
);

test.skipIf(noBrowser)("a page of another origin can neither frame nor open nor read it", async () => {
  await using opened = await openPage(open.url);
  const { page } = opened;
  const site = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A page</title>");
  });
  await page.goto((await listen(site)).replace("127.0.0.1", "evil.example"));
  const answers: number[] = [];
  page.on("response", (response) => response.url() === `${open.url}/` && answers.push(response.status()));
  const read = await page.evaluate(async (address) => {
    const frame = document.createElement("iframe");
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    frame.src = address;
    document.body.append(frame);
    await loaded;
    return fetch(address).then(
      (answer) => answer.text(),
      (error: unknown) => String(error),
    );
  }, `${open.url}/`);
  expect(read).toBe("TypeError: Failed to fetch");
  // The response of the frame. The browser reports no response for the script's fetch.
  expect(answers).toEqual([403]);
  site.closeAllConnections();
  site.close();
});
