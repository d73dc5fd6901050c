import { createHash } from "node:crypto";
import { createFetch } from "@tokenflow/core";
import { parseJson, type UpstreamRequest } from "@tokenflow/core/provider";
import { createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createLoopbackServer } from "../support/loopback-server.ts";
import { createIssuer, createTestUpstream } from "../support/manager-of-tokens.ts";

const BASE = "https://api.example.org/v1";
const URL_OF_CHAT = `${BASE}/chat`;

function open() {
  const script = createScriptedFetch(() => ({ json: {} }));
  const shown: (Omit<UpstreamRequest, "json"> & { readonly json: unknown })[] = [];
  const upstream = createTestUpstream(BASE);
  const issuer = createIssuer({
    upstream: {
      ...upstream,
      headers: (request) => {
        shown.push({ ...request, json: request.json?.() });
        return upstream.headers(request);
      },
    },
  });
  return { issuer, script, shown, fetch: createFetch(issuer.manager, { fetch: script.fetch }) };
}

const JSON_TYPE = { "content-type": "application/json" };

describe("the sender and the upstream see the platform's reading of", () => {
  const requests: Readonly<Record<string, RequestInit>> = {
    nothing: {},
    "a body that is null": { method: "POST", body: null },
    "a method in small letters": { method: "post", headers: JSON_TYPE, body: "{}" },
    "JSON text": { method: "POST", headers: JSON_TYPE, body: '{"model":"m"}' },
    "text that says nothing of its kind": { method: "POST", body: "hello" },
    "text of another kind": { method: "PUT", headers: { "content-type": "image/svg+xml" }, body: "<svg/>" },
    "an empty text": { method: "PATCH", headers: JSON_TYPE, body: "" },
    "text beyond ASCII": { method: "POST", headers: JSON_TYPE, body: '{"a":"Grüße 🌍"}' },
    "text that is no JSON after all": { method: "POST", headers: JSON_TYPE, body: "{" },
    "a body of DELETE": { method: "DELETE", headers: JSON_TYPE, body: "{}" },
    "a header in two spellings": { headers: { "X-Mine": "1", "x-mine": "2" } },
    "a value with blanks around it": { headers: { "x-mine": " 1 " } },
    "pairs of headers": { headers: [["X-Mine", "1"]] },
    "a form": { method: "POST", body: new URLSearchParams({ a: "1" }) },
  };
  for (const [name, init] of Object.entries(requests)) {
    test(name, async () => {
      const { fetch, script, shown } = open();
      await fetch(URL_OF_CHAT, init);
      const platform = new Request(URL_OF_CHAT, init);
      const text = await platform.text();
      const [seen] = script.requests;
      expect(seen).toMatchObject({ method: platform.method, body: text, url: URL_OF_CHAT });
      const headers = Object.fromEntries(platform.headers);
      expect(Object.fromEntries(seen?.headers ?? [])).toMatchObject(headers);
      const isText = /^text\/|json/.test(headers["content-type"] ?? "");
      const json = isText && platform.body ? parseJson(text) : undefined;
      expect(shown).toEqual([{ path: "/chat", headers, json }]);
    });
  }
});

describe("nothing is sent, and no token is requested, with", () => {
  const requests: Readonly<Record<string, RequestInit>> = {
    "a body of GET": { headers: JSON_TYPE, body: "{}" },
    "a body of HEAD": { method: "HEAD", headers: JSON_TYPE, body: "{}" },
    "a method that is none": { method: "NO SPACE" },
    "a header that is none": { headers: { "not a name": "1" } },
    "a value that is none": { headers: { "x-mine": "1\r\nx-other: 2" } },
  };
  for (const [name, init] of Object.entries(requests)) {
    test(name, async () => {
      const { fetch, script, issuer } = open();
      await expect(fetch(URL_OF_CHAT, init)).rejects.toBeInstanceOf(TypeError);
      expect([script.requests.length, issuer.redemptions]).toEqual([0, 0]);
    });
  }
});

test("what a Request asks for beside its parts is asked of the platform", async () => {
  await using server = await createLoopbackServer((response) => response.end("changed on its way"));
  const fetch = createFetch(createIssuer({ upstream: createTestUpstream(server.url) }).manager);
  const request = (integrity: string): Request => new Request(`${server.url}/model`, { integrity });
  await expect(fetch(request("sha256-AAAA"))).rejects.toBeInstanceOf(TypeError);
  const digest = createHash("sha256").update("changed on its way").digest("base64");
  expect(await (await fetch(request(`sha256-${digest}`))).text()).toBe("changed on its way");
});
