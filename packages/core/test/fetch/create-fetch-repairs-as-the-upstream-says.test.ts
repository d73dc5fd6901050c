import { createFetch } from "@tokenflow/core";
import type { AnswerHead, AnswerRepair, UpstreamRequest } from "@tokenflow/core/provider";
import { expect, test } from "vitest";
import { createLoopbackServer } from "../support/loopback-server.ts";
import { createIssuer, createTestUpstream } from "../support/manager-of-tokens.ts";

const louder = (text: string): string => text.replaceAll("a", "A");

interface Case {
  readonly repair?: AnswerRepair | undefined;
  readonly answer: () => Response;
  readonly path?: string;
}

/** Asks through `createFetch`, and returns the answer with what the upstream was told. */
async function ask({ repair, answer, path = "https://api.example.org/v1/chat" }: Case): Promise<{
  readonly response: Response;
  readonly seen: readonly [UpstreamRequest, AnswerHead][];
}> {
  const seen: [UpstreamRequest, AnswerHead][] = [];
  const { manager } = createIssuer({
    upstream: {
      ...createTestUpstream("https://api.example.org/v1"),
      repairAnswer: (request) => (head) => {
        seen.push([request, head]);
        return repair;
      },
    },
  });
  const fetch = createFetch(manager, { fetch: async () => answer() });
  return { response: await fetch(path, { method: "POST", body: '{"b":1}', headers: JSON_TYPE }), seen };
}

const JSON_TYPE = { "content-type": "application/json" };
const STREAM_TYPE = { "content-type": "text/event-stream; charset=utf-8" };

test("a whole body is repaired, and its old length and encoding are gone", async () => {
  const headers = { ...JSON_TYPE, "content-length": "3", "content-encoding": "gzip", etag: "x", "x-id": "1" };
  const { response, seen } = await ask({
    repair: { body: louder },
    answer: () => new Response("aba", { status: 201, statusText: "Made", headers }),
  });
  expect(await response.text()).toBe("AbA");
  expect([response.status, response.statusText]).toEqual([201, "Made"]);
  expect(Object.fromEntries(response.headers)).toEqual({ ...JSON_TYPE, "x-id": "1" });
  expect([seen[0]?.[0].path, seen[0]?.[0].json?.(), seen[0]?.[1].status]).toEqual(["/chat", { b: 1 }, 201]);
});

test("a type that comes twice is that of a stream", async () => {
  const headers = new Headers([
    ["content-type", "text/event-stream"],
    ["content-type", "text/event-stream"],
  ]);
  const { response } = await ask({
    repair: { event: louder, body: () => "never" },
    answer: () => new Response("data: a\n\n", { headers }),
  });
  expect(await response.text()).toBe("data: A\n\n");
});

test.each([JSON_TYPE, {}])("events are repaired under the type %o, too", async (headers) => {
  const body = new Blob(["\n\ndata: a\n\n"]).stream();
  const { response } = await ask({
    repair: { event: louder, body: () => "never" },
    answer: () => new Response(body, { headers }),
  });
  expect(await response.text()).toBe("\n\ndata: A\n\n");
});

test("the events of a stream are repaired as they come", async () => {
  const source = new TransformStream<Uint8Array, Uint8Array>();
  const writer = source.writable.getWriter();
  const { response } = await ask({
    repair: { event: louder, body: () => "never" },
    answer: () => new Response(source.readable, { headers: STREAM_TYPE }),
  });
  const reader = response.body?.getReader();
  const send = (text: string): void => void writer.write(new TextEncoder().encode(text));
  send("data: a\n\ndata: a");
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: A\n\n");
  send("\n\n");
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: A\n\n");
  void writer.close();
  expect((await reader?.read())?.done).toBe(true);
});

test.each<[string, AnswerRepair | undefined, () => Response]>([
  ["no repair", undefined, () => new Response("a", { headers: JSON_TYPE })],
  [
    "a repair of bodies, and a stream",
    { body: louder },
    () => new Response("data: a\n\n", { headers: STREAM_TYPE }),
  ],
  ["a repair of events, and a body", { event: louder }, () => new Response("a", { headers: JSON_TYPE })],
  ["no body", { body: louder }, () => new Response(null, { status: 204 })],
])("%s: the very same response is returned", async (_what, repair, answer) => {
  const original = answer();
  expect((await ask({ repair, answer: () => original })).response).toBe(original);
});

test("an answer of another address is never repaired", async () => {
  const { response, seen } = await ask({
    repair: { body: louder },
    answer: () => new Response("a", { headers: JSON_TYPE }),
    path: "https://elsewhere.example/v1/chat",
  });
  expect(await response.text()).toBe("a");
  expect(seen).toEqual([]);
});

test("the address stays, and cancelling ends the request", async () => {
  let left = false;
  await using server = await createLoopbackServer((response) => {
    response.on("close", () => {
      left = true;
    });
    response.writeHead(200, STREAM_TYPE).write("data: a\n\n");
  });
  const { manager } = createIssuer({
    upstream: { ...createTestUpstream(server.url), repairAnswer: () => () => ({ event: louder }) },
  });
  const response = await createFetch(manager)(`${server.url}/chat`);
  expect(response.url).toBe(`${server.url}/chat`);
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: A\n\n");
  await reader?.cancel();
  await expect.poll(() => left).toBe(true);
});
