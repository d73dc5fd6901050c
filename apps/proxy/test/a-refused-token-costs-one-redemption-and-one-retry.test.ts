import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import OpenAI from "openai";
import { request } from "undici";
import { expect, test } from "vitest";
import { startCopilot } from "./fixtures/copilot.ts";
import { startProxy, startUpstream, until } from "./fixtures/upstream.ts";

const EXPIRED = JSON.stringify({ error: "the token has expired" });

test("twenty requests whose token ended meanwhile share one redemption", async () => {
  await using copilot = await startCopilot();
  const { simulator } = copilot;
  await using proxy = await startProxy({ sessions: [copilot] });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });
  await openai.models.list();
  expect(simulator.counts.exchanges).toBe(1);
  simulator.expireTokens();

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      openai.chat.completions.create({
        model: "gpt-4.1",
        messages: [{ role: "user", content: `Question ${index}` }],
      }),
    ),
  );

  expect(
    answers.every(({ choices }, index) => choices[0]?.message.content?.includes(`Question ${index}`)),
  ).toBe(true);
  expect(simulator.counts.exchanges).toBe(2);
  expect(simulator.counts.refusals).toBeLessThanOrEqual(20);
});

test.each([
  ["plain", {}, EXPIRED],
  ["compressed", { "content-encoding": "gzip" }, gzipSync(EXPIRED)],
])("the caller never sees the refusal: %s", async (_name, headers, body) => {
  await using upstream = await startUpstream((incoming, response) => {
    if (incoming.headers.authorization === "Bearer token-1") response.writeHead(401, headers).end(body);
    else response.end("fine");
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });

  expect([answer.statusCode, await answer.body.text()]).toEqual([200, "fine"]);
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer token-1",
    "Bearer token-2",
  ]);
});

test.each([
  ["does not end", (response: ServerResponse) => response.write(EXPIRED)],
  [
    "breaks off while the next try runs",
    (response: ServerResponse) => {
      response.write(EXPIRED + " ".repeat(20_000));
      setTimeout(() => response.destroy(), 20);
    },
  ],
])("a refusal that %s does not harm the second try, and is let go", async (_name, refuse) => {
  let gone = false;
  await using upstream = await startUpstream((incoming, response) => {
    if (incoming.headers.authorization === "Bearer token-1") {
      response.on("close", () => (gone = true));
      return refuse(response.writeHead(401));
    }
    response.write("fi");
    setTimeout(() => response.end("ne"), 100);
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect([answer.statusCode, await answer.body.text()]).toEqual([200, "fine"]);
  await until(() => gone, "the refusal was let go");
});

test("a second refusal is surfaced as the upstream wrote it", async () => {
  await using upstream = await startUpstream((_request, response) => response.writeHead(401).end(EXPIRED));
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect([answer.statusCode, await answer.body.text()]).toEqual([401, EXPIRED]);
  expect(upstream.requests).toHaveLength(2);
  expect(upstream.redemptions()).toBe(2);
});

test("an answer that says no to the person is no refusal of the token", async () => {
  await using upstream = await startUpstream((_request, response) =>
    response.writeHead(401).end("no access"),
  );
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect([answer.statusCode, await answer.body.text()]).toEqual([401, "no access"]);
  expect(upstream.requests).toHaveLength(1);
});

test("where no other token is to be had, the caller is told why", async () => {
  await using copilot = await startCopilot();
  const { simulator } = copilot;
  await using proxy = await startProxy({ sessions: [copilot] });
  await (await request(`${proxy.url}/v1/models`)).body.dump();
  simulator.expireTokens();
  simulator.fault({ service: "github-api", status: 503, count: 100 });

  const away = await request(`${proxy.url}/v1/models`);

  expect(away.statusCode).toBe(503);
  expect(Number(away.headers["retry-after"])).toBeGreaterThan(0);
  expect(await away.body.json()).toMatchObject({
    error: { code: "provider.unavailable", type: "server_error" },
  });
});

test("a session that was revoked meanwhile asks for a sign-in, without hanging", async () => {
  await using copilot = await startCopilot();
  const { simulator } = copilot;
  await using proxy = await startProxy({ sessions: [copilot] });
  await (await request(`${proxy.url}/v1/models`)).body.dump();
  simulator.expireTokens();
  simulator.revokeGrants();

  const answer = await request(`${proxy.url}/v1/models`);

  expect(answer.statusCode).toBe(401);
  expect(await answer.body.json()).toMatchObject({
    error: {
      code: "session.revoked",
      message: expect.stringMatching(/ and enter [A-Z0-9]{4}-[A-Z0-9]{4}, then/),
    },
  });
});
