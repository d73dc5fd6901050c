import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const keys = [{ name: "laptop", secret: "a-key-of-the-laptop" }];

test("it is one page of less than 60 kB, the same for everyone, that loads nothing else", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using open = await startProxy({ sessions: [upstream], monitor: createMonitor() });
  await using keyed = await startProxy({ sessions: [upstream], keys, monitor: createMonitor() });

  const [answer, other] = await Promise.all([fetch(`${open.url}/`), fetch(`${keyed.url}/`)]);
  const page = await answer.text();

  expect([answer.status, other.status]).toEqual([200, 200]);
  expect(await other.text()).toBe(page);
  expect(gzipSync(page).length).toBeLessThan(60_000);
  expect(page.match(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=/g)).toEqual([
    expect.stringMatching(/^<link\s+rel="icon"\s+href=/),
  ]);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": expect.stringMatching(
      /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none';/,
    ),
  });
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
});

test("without the key only the page itself is served", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using keyed = await startProxy({ sessions: [upstream], keys, monitor: createMonitor() });

  for (const path of ["/?", "/?key=a-key-of-the-laptop"]) {
    expect((await fetch(keyed.url + path)).status, path).toBe(200);
  }
  for (const path of ["//", "/index.html", "/api", "/api/", "/api/status", "/%2e", "/metrics"]) {
    expect(await statusOf(keyed.url, path), path).not.toBe(200);
  }
  expect((await fetch(`${keyed.url}/`, { method: "POST" })).status).toBe(405);
});

test("without a monitor there is no page", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using blind = await startProxy({ sessions: [upstream] });

  const answer = await fetch(`${blind.url}/`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/json"]);
});

test("another origin and a rebound host name do not get the page", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using open = await startProxy({ sessions: [upstream], monitor: createMonitor() });

  expect((await fetch(`${open.url}/`, { headers: { origin: "https://evil.example" } })).status).toBe(403);
  expect(await statusOf(open.url, "/", { host: "rebound.example" })).toBe(403);
});

/** Requests a path exactly as it is written. */
function statusOf(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asking.on("error", reject).end();
  });
}
