import { createServer, type Server } from "node:http";
import { createMonitor } from "@tokenflow/proxy/monitor";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noBrowser, startBrowser } from "../fixtures/browser.ts";
import { listen, type RunningProxy, startProxy, startUpstream, type Upstream } from "../fixtures/upstream.ts";

let browser: Browser;
let site: Server;
let port = "";
let upstream: Upstream;
let proxy: RunningProxy;

beforeAll(async () => {
  if (noBrowser) return;
  upstream = await startUpstream((_request, response) => response.end('{"model":"ours"}'));
  site = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A page</title>");
  });
  port = new URL(await listen(site)).port;
  const origins = [`http://listed.example:${port}`];
  proxy = await startProxy({ sessions: [upstream], origins, monitor: createMonitor() });
  browser = await startBrowser();
});

afterAll(async () => {
  if (noBrowser) return;
  await browser.close();
  await proxy[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  site.close();
});

interface Asking {
  readonly mode?: "no-cors";
  readonly method?: "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Returns what a script on this page gets from `fetch`. */
function ask(page: Page, url: string, init: Asking = {}): Promise<string> {
  return page.evaluate(
    async ([address, options]) => {
      try {
        const answer = await fetch(address, options);
        return `${answer.type} ${answer.status} ${await answer.text()}`;
      } catch (error) {
        return String(error);
      }
    },
    [url, init] as const,
  );
}

const REFUSED = "TypeError: Failed to fetch";
const PATHS = [
  "/v1/models",
  "/v1/chat/completions",
  "/api/status",
  "/api/events",
  "/metrics",
  "/livez",
  "/readyz",
];

test.skipIf(noBrowser)(
  "a page elsewhere reads nothing, and what it sends blindly reaches no upstream",
  async () => {
    await using page = await browser.newPage();
    await page.goto(`http://evil.example:${port}/`);
    const before = upstream.requests.length;

    for (const path of PATHS) {
      const address = proxy.url + path;
      expect(await ask(page, address), path).toBe(REFUSED);
      expect(await ask(page, address, { headers: { "x-api-key": "guess" } }), path).toBe(REFUSED);
      // Sent without a preflight, but the response is opaque, and it is an error.
      expect(await ask(page, address, { mode: "no-cors" }), path).toBe("opaque 0 ");
      const blind: Asking = {
        mode: "no-cors",
        method: "POST",
        body: '{"model":"gpt-4.1","messages":[]}',
      };
      expect(await ask(page, address, blind), path).toBe("opaque 0 ");
    }
    const embedded = await page.evaluate(async (address) => {
      const outcomes: string[] = [];
      for (const name of ["img", "script", "iframe"] as const) {
        const element = document.createElement(name);
        const seen = new Promise<string>((resolve) => {
          element.addEventListener("load", () => resolve("load"));
          element.addEventListener("error", () => resolve("error"));
        });
        element.src = address;
        document.body.append(element);
        outcomes.push(`${name} ${await seen}`);
      }
      const events = new EventSource(address.replace("/v1/models", "/api/events"));
      outcomes.push(
        await new Promise((resolve) => {
          events.addEventListener("open", () => resolve("events open"));
          events.addEventListener("error", () => resolve("events error"));
        }),
      );
      return outcomes;
    }, `${proxy.url}/v1/models`);
    // A frame loads any response, here an error that the page cannot read.
    expect(embedded).toEqual(["img error", "script error", "iframe load", "events error"]);
    expect(upstream.requests.length).toBe(before);
  },
);

test.skipIf(noBrowser)("a form of another origin can neither call a model nor sign anybody out", async () => {
  const before = upstream.requests.length;
  for (const path of ["/v1/chat/completions", "/api/sign-out", "/api/sign-in"]) {
    await using page = await browser.newPage();
    await page.goto(`http://evil.example:${port}/`);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url() === proxy.url + path),
      page.evaluate((address) => {
        const form = document.createElement("form");
        Object.assign(form, { method: "POST", action: address, enctype: "text/plain" });
        const input = document.createElement("input");
        Object.assign(input, { name: '{"provider":"test","x":"', value: '"}' });
        form.append(input);
        document.body.append(form);
        form.submit();
      }, proxy.url + path),
    ]);
    expect(answer.status(), path).toBe(403);
  }
  expect(upstream.requests.length).toBe(before);
});

test.skipIf(noBrowser)(
  "a page whose name was rebound to the proxy is its own origin there, and still gets nothing",
  async () => {
    await using page = await browser.newPage();
    const before = upstream.requests.length;
    // The attacker's host name now resolves to this machine, and the port is the proxy's.
    const rebound = proxy.url.replace("127.0.0.1", "rebound.example");
    expect((await page.goto(`${rebound}/livez`))?.status()).toBe(403);

    for (const path of PATHS) {
      expect(await ask(page, rebound + path), path).toMatch(/^basic 403 .*request\.foreign_host/);
      const post: Asking = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      };
      expect(await ask(page, rebound + path, post), path).toMatch(/^basic 403 .*request\.foreign_host/);
    }
    expect(upstream.requests.length).toBe(before);
  },
);

test.skipIf(noBrowser)(
  "an allowed origin and the proxy's own page send requests and read responses",
  async () => {
    await using page = await browser.newPage();
    await page.goto(`http://listed.example:${port}/`);
    const headers = { "x-api-key": "unused", "content-type": "application/json" };
    expect(await ask(page, `${proxy.url}/v1/models`, { headers })).toBe('cors 200 {"model":"ours"}');
    expect(await ask(page, `${proxy.url}/api/status`)).toMatch(/^cors 403 /);

    await page.goto(`${proxy.url}/livez`);
    expect(await ask(page, `${proxy.url}/v1/models`)).toBe('basic 200 {"model":"ours"}');
    expect(await ask(page, `${proxy.url}/api/status`)).toMatch(/^basic 200 /);
  },
);
