import Anthropic from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import { startProxy, startUpstream, type Upstream } from "../fixtures/upstream.ts";

function startEcho(id?: string): Promise<Upstream> {
  return startUpstream((request, response) => request.resume().on("end", () => response.end('{"data":[]}')), {
    id,
  });
}

test.each([
  ["POST", "/v1/chat/completions?api-version=2024-10-21", "/api/chat/completions?api-version=2024-10-21"],
  ["POST", "/messages?beta=true", "/api/messages?beta=true"],
  [
    "POST",
    "/test/v1/embeddings?api-version=2024-10-21&x=%2F",
    "/api/embeddings?api-version=2024-10-21&x=%2F",
  ],
  ["GET", "/v1/models?limit=2&after_id=a%20b", "/api/models?limit=2&after_id=a%20b"],
  ["GET", "/v1/models?key=secret&api-version=1&access_token=secret", "/api/models?api-version=1"],
  ["GET", "/v1/models?", "/api/models"],
])("%s %s asks for %s", async (method, path, expected) => {
  await using upstream = await startEcho();
  await using proxy = await startProxy({ sessions: [upstream] });

  await (await fetch(proxy.url + path, { method })).text();

  expect(upstream.requests.at(-1)?.url).toBe(expected);
});

test("a merged list has every page of every upstream, and no page of its own", async () => {
  const ids = ["a", "b", "c", "d", "e"];
  await using paged = await startUpstream((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const from = ids.indexOf(searchParams.get("after_id") ?? "") + 1;
    const data = ids.slice(from, from + 2).map((id) => ({ id, type: "model" }));
    response.end(JSON.stringify({ data, has_more: from + 2 < ids.length, last_id: data.at(-1)?.id }));
  });
  await using other = await startUpstream(
    (_request, response) => response.end('{"data":[{"id":"m"}],"has_more":true}'),
    { id: "other" },
  );
  await using proxy = await startProxy({ sessions: [paged, other] });

  const answer = await fetch(`${proxy.url}/v1/models?limit=1&after_id=b&api-version=1`);
  const document = (await answer.json()) as { readonly data: readonly { readonly id: string }[] };
  expect(document.data.map(({ id }) => id)).toEqual([...ids, "other/m"]);
  expect(document).not.toHaveProperty("has_more");
  expect(paged.requests.map(({ url }) => url)).toEqual([
    "/api/models?api-version=1",
    "/api/models?api-version=1&after_id=b",
    "/api/models?api-version=1&after_id=d",
  ]);
  const anthropic = new Anthropic({ baseURL: proxy.url, apiKey: "unused", maxRetries: 0 });
  const listed: string[] = [];
  for await (const { id } of anthropic.models.list({ limit: 2 })) listed.push(id);
  expect(listed).toEqual([...ids, "other/m"]);
});
