import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const TOKEN = "tid=0123456789abcdef;exp=1999999999";
const STARS = "*".repeat(TOKEN.length);
const JSON_TYPE = { "content-type": "application/json" };

/** Asks an upstream that knows the token, and returns all that the caller got. */
async function ask(listener: RequestListener, path = "/v1/chat/completions"): Promise<[string, string]> {
  await using upstream = await startUpstream(listener, { token: TOKEN });
  await using proxy = await startProxy({ sessions: [upstream] });
  const init = path.includes("headers") ? {} : { method: "POST", body: '{"model":"m"}' };
  const answer = await fetch(proxy.url + path, init);
  const body = await answer.text();
  expect(upstream.requests.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  return [body, JSON.stringify([...answer.headers])];
}

test.each([200, 400, 422, 500])("in the headers and the body of a %i", async (status) => {
  const [body, headers] = await ask(({ headers: { authorization } }, response) => {
    response.writeHead(status, { ...JSON_TYPE, "x-request-id": String(authorization), "request-id": "r-1" });
    response.end(JSON.stringify({ error: { message: `bad ${authorization}`, type: "x" } }));
  });
  expect(body).toContain(`bad Bearer ${STARS}`);
  expect(headers).not.toContain(TOKEN);
  expect(headers).toContain("r-1");
});

test("on a path that the proxy does not know, with the length that was announced", async () => {
  const text = `{"headers":{"Authorization":"Bearer ${TOKEN}"}}`;
  const [body, headers] = await ask((_request, response) => response.end(text), "/test/v1/headers");
  expect(body).toBe(text.replace(TOKEN, STARS));
  expect(headers).toContain(`"${text.length}"`);
});

test("in a stream, byte by byte, and nothing else is changed or lost", async () => {
  const text = `data: ${TOKEN.slice(0, 9)} tid tid=${TOKEN}${TOKEN}\n\ndata: [DONE] ti`;
  const [body] = await ask(async (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const character of text) {
      response.write(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  expect(body).toBe(text.replaceAll(TOKEN, STARS));
});

test.each(["/v1/chat/completions", "/v1/messages", "/test/v1/other"])(
  "in a compressed error of %s",
  async (path) => {
    const [body] = await ask((_request, response) => {
      response.writeHead(403, { ...JSON_TYPE, "content-encoding": "gzip" });
      response.end(gzipSync(JSON.stringify({ error: { message: `no ${TOKEN}`, type: "x" } })));
    }, path);
    expect(body).toContain(`no ${STARS}`);
  },
);

test("in a long page of an error", async () => {
  const page = `<html>${"x".repeat(100_000)}${TOKEN}${"x".repeat(100_000)}</html>`;
  const [body] = await ask((_request, response) => response.writeHead(500).end(page));
  expect(body).toBe(page.replace(TOKEN, STARS));
});
