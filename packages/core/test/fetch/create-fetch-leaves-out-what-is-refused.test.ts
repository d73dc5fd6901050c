import { createFetch } from "@tokenflow/core";
import type { LearnedParts, Refusal } from "@tokenflow/core/provider";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createIssuer, createTestUpstream } from "../support/manager-of-tokens.ts";

const BASE = "https://api.example.org/v1";
const CHAT = `${BASE}/chat`;
const JSON_TYPE = { "content-type": "application/json" };

interface Seen {
  readonly betas: string | null;
  readonly text: string;
}

interface Options {
  /** Returns what the API refuses, or nothing. */
  readonly refuse: (seen: Seen) => Refusal | undefined;
  /** The ids of the catalog. */
  readonly models?: readonly string[];
}

/** An API that explains its refusals, and names its models. */
function start({ refuse, models = [] }: Options) {
  const clock = createFakeClock();
  const seen: Seen[] = [];
  const learned: LearnedParts[] = [];
  let catalogs = 0;
  let refusal: Refusal | undefined;
  const upstream = {
    ...createTestUpstream(BASE),
    readRefusal: () => refusal,
    models: async () => {
      catalogs += 1;
      return models.map((id) => ({ id }));
    },
  };
  const { manager } = createIssuer({ upstream });
  const script = createScriptedFetch(({ headers, body }) => {
    const one = { betas: headers.get("x-betas"), text: body };
    seen.push(one);
    refusal = refuse(one);
    return refusal ? { status: 400, text: "no" } : { json: { ok: true } };
  });
  return {
    clock,
    seen,
    learned,
    catalogs: () => catalogs,
    /** Makes a function for each request, as a server may. */
    ask: (body: unknown, init: RequestInit = {}) =>
      createFetch(manager, { fetch: script.fetch, clock, onLearned: (parts) => learned.push(parts) })(CHAT, {
        method: "POST",
        headers: JSON_TYPE,
        body: JSON.stringify(body),
        ...init,
      }),
  };
}

const refuseExtra = ({ text }: Seen): Refusal | undefined =>
  text.includes("extra") ? { members: [["tools", "0", "custom", "extra"]] } : undefined;
const body = {
  model: "m",
  big: 1,
  tools: [
    { extra: 1, name: "a" },
    { name: "b", extra: 2 },
  ],
};
const kept = { model: "m", big: 1, tools: [{ name: "a" }, { name: "b" }] };

test("a refused member is left out, from then on before the request is sent, and reported once", async () => {
  const world = start({ refuse: refuseExtra });
  expect((await world.ask(body)).status).toBe(200);
  expect((await world.ask(body)).status).toBe(200);
  expect(world.seen.map(({ text }) => JSON.parse(text))).toEqual([body, kept, kept]);
  expect(world.learned).toEqual([{ host: "api.example.org", model: "m", parts: ["tools.*.extra"] }]);
  await world.clock.advance(3_600_000);
  await world.ask(body);
  expect(world.seen).toHaveLength(5);
});

test("a refused value of a header is left out, for this model alone", async () => {
  const world = start({
    refuse: ({ betas }) => (betas?.includes("new") ? { headerValues: { "X-Betas": ["new-1"] } } : undefined),
  });
  const headers = new Headers(JSON_TYPE);
  headers.append("x-betas", "old-1");
  headers.append("x-betas", "new-1");
  await world.ask({ model: "m" }, { headers });
  await world.ask({ model: "m" }, { headers });
  await world.ask({ model: "n" }, { headers });
  expect(world.seen.map(({ betas }) => betas)).toEqual([
    "old-1, new-1",
    "old-1",
    "old-1",
    "old-1, new-1",
    "old-1",
  ]);
});

test.each<[string, () => RequestInit]>([
  ["bytes", () => ({ body: new TextEncoder().encode(JSON.stringify(body)) })],
  ["a length of the caller's", () => ({ headers: { ...JSON_TYPE, "content-length": "70" } })],
])("%s: the request is sent again as JSON", async (_what, init) => {
  const world = start({ refuse: refuseExtra });
  expect((await world.ask(body, init())).status).toBe(200);
  expect(world.seen.map(({ text }) => JSON.parse(text))).toEqual([body, kept]);
});

test.each<[string, () => RequestInit, Refusal]>([
  [
    "a stream",
    () => ({ body: new Blob([JSON.stringify(body)]).stream(), duplex: "half" }) as RequestInit,
    { members: [["big"]] },
  ],
  ["no JSON", () => ({ body: "big: 1" }), { members: [["big"]] }],
  ["another type", () => ({ headers: { "content-type": "application/x-any" } }), { members: [["big"]] }],
  ["the model", () => ({}), { members: [["model"]] }],
  ["nothing that was sent", () => ({}), { members: [["__proto__"], ["constructor", "name"], ["*"]] }],
])("%s: the refusal is returned after one request", async (_what, init, refusal) => {
  const world = start({ refuse: () => refusal });
  const refused = await world.ask(body, init());
  expect([refused.status, await refused.text()]).toEqual([400, "no"]);
  expect(world.seen).toHaveLength(1);
});

test("a request is sent at most four times", async () => {
  const world = start({
    refuse: ({ text }) => ({ members: [[/"(unknown_\d)"/.exec(text)?.[1] ?? ""]] }),
  });
  const many = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`unknown_${n}`, n]));
  expect((await world.ask(many)).status).toBe(400);
  expect(world.seen).toHaveLength(4);
});

test("a model that the API does not know by this name is asked for by the catalog's", async () => {
  const world = start({
    refuse: ({ text }) =>
      /"m-4\.5"/.test(text) ? refuseExtra({ betas: null, text }) : { isModelUnknown: true },
    models: ["m-4.5", "n-1"],
  });
  const text = '{"model": "x", "a" : 1.0, "mod\\u0065l":\n"m-4-5-20250929" , "tools":[{"extra":1}]}';
  expect((await world.ask(undefined, { body: text })).status).toBe(200);
  expect(world.seen.map((one) => one.text)).toEqual([
    text,
    '{"model": "x", "a" : 1.0, "mod\\u0065l":\n"m-4.5" , "tools":[{"extra":1}]}',
    '{"model": "x", "a" : 1.0, "mod\\u0065l":\n"m-4.5" , "tools":[{}]}',
  ]);
  await world.ask(undefined, { body: text });
  expect(world.seen).toHaveLength(4);
  expect(world.catalogs()).toBe(1);
});

test("a model that the catalog does not have is refused, and the catalog is asked for only once", async () => {
  const world = start({ refuse: () => ({ isModelUnknown: true }), models: ["n-1"] });
  expect((await world.ask({ model: "__proto__" })).status).toBe(400);
  expect((await world.ask({ model: "m\r\nx: 1" })).status).toBe(400);
  expect(world.seen).toHaveLength(2);
});
