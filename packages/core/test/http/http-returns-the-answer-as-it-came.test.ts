import { createHttp, parseRetryAfter, version } from "@tokenflow/core/provider";
import { describe, expect, test } from "vitest";
import { createLoopbackServer } from "../support/loopback-server.ts";

const http = createHttp();

test("a request names TokenFlow, asks for JSON, bypasses caches and accepts gzip", async () => {
  await using server = await createLoopbackServer((response) => response.end("{}"));
  await http({ method: "GET", url: server.url });
  expect(server.requests[0]?.headers).toMatchObject({
    accept: "application/json",
    "user-agent": `TokenFlow/${version}`,
    "cache-control": "no-cache",
    "accept-encoding": expect.stringContaining("gzip"),
  });
});

test("every header can be overridden", async () => {
  await using server = await createLoopbackServer((response) => response.end("{}"));
  const headers = {
    accept: "text/plain",
    "user-agent": "Mine/1",
    authorization: "Bearer x",
    "x-initiator": "vscode",
  };
  await http({ method: "GET", url: server.url, headers });
  expect(server.requests[0]?.headers).toMatchObject(headers);
});

test("a form is sent as a form, JSON as JSON", async () => {
  await using server = await createLoopbackServer((response) => response.end("{}"));
  await http({ method: "POST", url: server.url, form: { a: "1 2", b: "ü" } });
  await http({ method: "POST", url: server.url, json: { a: [1] } });
  expect(server.requests.map(({ headers, body }) => [headers["content-type"], body])).toEqual([
    ["application/x-www-form-urlencoded;charset=UTF-8", "a=1+2&b=%C3%BC"],
    ["application/json", '{"a":[1]}'],
  ]);
});

test("connections are reused", async () => {
  await using server = await createLoopbackServer((response) => response.end("{}"));
  for (let call = 0; call < 20; call += 1) await http({ method: "GET", url: server.url });
  // At most two, since a socket may return to the pool only after the next request was sent.
  expect(server.connections).toBeLessThanOrEqual(2);
});

test("every status is an answer, with or without a JSON body", async () => {
  await using server = await createLoopbackServer((response, { path }) => {
    const [, status, body = ""] = path.split("/");
    response.writeHead(Number(status)).end(decodeURIComponent(body));
  });
  const ask = async (path: string): Promise<unknown[]> => {
    const { status, text, json } = await http({ method: "GET", url: server.url + path });
    return [status, text, json];
  };
  expect(await ask("/200/%7B%22a%22:1%7D")).toEqual([200, '{"a":1}', { a: 1 }]);
  expect(await ask("/204")).toEqual([204, "", undefined]);
  expect(await ask("/404/nope")).toEqual([404, "nope", undefined]);
  expect(await ask("/500/null")).toEqual([500, "null", null]);
});

test("no request follows a redirect", async () => {
  await using elsewhere = await createLoopbackServer((response) => response.end("{}"));
  await using server = await createLoopbackServer((response, { path }) => {
    response.writeHead(Number(path.slice(1)), { location: elsewhere.url }).end();
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const url = `${server.url}/${status}`;
    const headers = { authorization: "Bearer secret" };
    expect(await http({ method: "POST", url, form: { grant: "secret" }, headers })).toMatchObject({ status });
  }
  expect(elsewhere.connections).toBe(0);
});

test("the server's Date and Retry-After are read", async () => {
  await using server = await createLoopbackServer((response) => {
    response.writeHead(503, { date: "Thu, 01 Jan 2026 00:00:00 GMT", "retry-after": "7" }).end();
  });
  expect(await http({ method: "GET", url: server.url })).toMatchObject({
    date: Date.UTC(2026, 0, 1),
    retryAfter: 7_000,
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 0, 1);
  const cases: readonly (readonly [value: string | null, milliseconds: number | undefined])[] = [
    [null, undefined],
    ["0", 0],
    ["120", 120_000],
    [" 120 ", 120_000],
    ["2.5", 2_500],
    ["0.25", 250],
    ["7, 7", 7_000],
    ["3600", 3_600_000],
    ["3601", 3_600_000],
    ["99999999999999999999", 3_600_000],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["Thu, 01 Jan 2026 09:00:00 GMT", 3_600_000],
    ["Wed, 31 Dec 2025 23:00:00 GMT", 0],
    ["", undefined],
    ["soon", undefined],
  ];
  for (const [value, milliseconds] of cases) {
    test(`"${value}" is ${milliseconds}`, () => expect(parseRetryAfter(value, now)).toBe(milliseconds));
  }
});
