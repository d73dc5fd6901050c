import { type Dialect, DialectError, MEMBERS, translateRequest } from "@tokenflow/dialects";
import { describe, expect, test } from "vitest";

type Body = Parameters<typeof translateRequest>[0];

const DIALECTS: readonly Dialect[] = ["chat", "responses", "messages"];
const pairs = DIALECTS.flatMap((from) =>
  DIALECTS.filter((to) => to !== from).map((to) => [from, to] as const),
);

/** A value that no table calls harmless. */
const VALUES: Readonly<Record<string, Body[string]>> = {
  stop: ["x"],
  stop_sequences: ["x"],
  top_logprobs: 3,
};
/** Looked up only for some values. */
const CONDITIONAL = new Set(["max_tokens", "max_completion_tokens", "temperature"]);

function bodyOf(from: Dialect, more: Body = {}): Body {
  const question = [{ role: "user", content: "Hi" }];
  return {
    model: "some-model",
    ...(from === "responses" ? { input: question } : { messages: question }),
    ...more,
  };
}

function refusalOf(run: () => unknown): DialectError {
  try {
    run();
  } catch (error) {
    if (error instanceof DialectError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe.each(pairs)("%s to %s", (from, to) => {
  const members = [...MEMBERS[from].values()].filter(
    ({ name }) => /^\w+$/.test(name) && !CONDITIONAL.has(name),
  );

  test.each(members.filter((member) => member.fates[to] === "refused" && bodyMember(member.name)))(
    "$name is refused by its name",
    ({ name, harmless }) => {
      const { member, message } = refusalOf(() =>
        translateRequest(bodyOf(from, { [name]: VALUES[name] ?? "value" }), { from, to }),
      );
      expect(member).toBe(name);
      expect(message).toContain(`"${name}"`);
      for (const value of harmless) {
        expect(translateRequest(bodyOf(from, { [name]: value }), { from, to }).left).toEqual([]);
      }
      expect(translateRequest(bodyOf(from, { [name]: null }), { from, to }).left).toEqual([]);
    },
  );

  test.each(members.filter((member) => member.fates[to] === "left" && bodyMember(member.name)))(
    "$name is left away and listed",
    ({ name }) => {
      const { body, left } = translateRequest(bodyOf(from, { [name]: { unusual: true } }), { from, to });
      expect(left).toEqual([name]);
      expect(JSON.stringify(body)).not.toContain("unusual");
    },
  );

  test("an option that nobody knows is left away and listed, by its name if that is plain", () => {
    const { left } = translateRequest(bodyOf(from, { brand_new: 1, "Bearer secret": 2 }), { from, to });
    expect(left).toEqual(["brand_new", "other"]);
  });
});

/** Members of parts and tools are in the table without a path, too. */
function bodyMember(name: string): boolean {
  return name !== "input_audio" && name !== "cache_control";
}

test("what needs an earlier answer at the service is refused with the way that works", () => {
  for (const to of ["chat", "messages"] as const) {
    for (const more of [{ previous_response_id: "resp_1" }, { conversation: "conv_1" }]) {
      const { message } = refusalOf(() =>
        translateRequest(bodyOf("responses", more), { from: "responses", to }),
      );
      expect(message).toContain("store: false");
    }
    const reference = { input: [{ type: "item_reference", id: "msg_1" }] };
    const { member, message } = refusalOf(() =>
      translateRequest({ model: "m", ...reference }, { from: "responses", to }),
    );
    expect(member).toBe("input.0");
    expect(message).toContain("store: false");
  }
});

test("a temperature that Messages does not have is refused, not changed", () => {
  expect(
    refusalOf(() => translateRequest(bodyOf("chat", { temperature: 1.5 }), { from: "chat", to: "messages" }))
      .member,
  ).toBe("temperature");
});

test.each([
  [
    "messages",
    "text.citations",
    { content: [{ type: "text", text: "Yes.", citations: [{ type: "char_location" }] }] },
  ],
  [
    "responses",
    "output_text.annotations",
    { content: [{ type: "output_text", text: "Yes.", annotations: [{ type: "url_citation" }] }] },
  ],
  ["chat", "messages[].annotations", { content: "Yes.", annotations: [{ type: "url_citation" }] }],
] as const)("the citations of an answer of %s are left away and listed", (from, name, answer) => {
  const turns = [
    { role: "user", content: "Is it so?" },
    { role: "assistant", ...answer },
    { role: "user", content: "Why?" },
  ];
  const body = {
    model: "m",
    max_tokens: 9,
    ...(from === "responses" ? { input: turns } : { messages: turns }),
  };
  for (const to of (["chat", "responses", "messages"] as const).filter((one) => one !== from)) {
    const { left, body: translated } = translateRequest(body, { from, to });
    expect(left).toContain(name);
    expect(JSON.stringify(translated)).toContain("Yes.");
  }
});

test("a web search that nobody forces is left away, and a forced one is refused", () => {
  const search = { tools: [{ type: "web_search" }], tool_choice: "auto" };
  const { body, left } = translateRequest(bodyOf("responses", search), { from: "responses", to: "messages" });
  expect([body["tools"], left]).toEqual([undefined, ["tools.web_search"]]);
  const forced = { ...search, tool_choice: { type: "web_search" } };
  expect(
    refusalOf(() => translateRequest(bodyOf("responses", forced), { from: "responses", to: "messages" }))
      .member,
  ).toBe("tools.0.web_search");
  const claude = {
    tools: [{ type: "web_search_20250305", name: "web_search" }],
    tool_choice: { type: "tool", name: "web_search" },
  };
  expect(
    refusalOf(() => translateRequest(bodyOf("messages", claude), { from: "messages", to: "responses" }))
      .member,
  ).toBe("tools.0.web_search_20250305");
});

test("content of an unknown kind is refused with its place, since the answer would be to something else", () => {
  const cases: readonly (readonly [Dialect, Dialect, Body, string])[] = [
    [
      "chat",
      "messages",
      { messages: [{ role: "user", content: [{ type: "hologram" }] }] },
      "messages.0.content.0.hologram",
    ],
    [
      "messages",
      "chat",
      { messages: [{ role: "user", content: [{ type: "hologram" }] }] },
      "messages.0.content.0.hologram",
    ],
    ["responses", "chat", { input: [{ type: "hologram" }] }, "input.0.hologram"],
    ["responses", "messages", { input: [{ type: "compaction", encrypted_content: "x" }] }, "input.0"],
    [
      "chat",
      "responses",
      { messages: [{ role: "user", content: [{ type: "input_audio" }] }] },
      "messages.0.content.0",
    ],
    [
      "messages",
      "responses",
      { messages: [], tools: [{ type: "computer_20250124", name: "c" }] },
      "tools.0.computer_20250124",
    ],
  ];
  for (const [from, to, body, member] of cases) {
    expect(refusalOf(() => translateRequest({ model: "m", ...body }, { from, to })).member).toBe(member);
  }
});

test("of a thousand members that nobody knows few are listed, since a header must hold them", () => {
  const more = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`unknown_${index}`, 1]));
  const { left } = translateRequest(bodyOf("chat", { ...more, "a\r\nb": 1 }), {
    from: "chat",
    to: "messages",
  });
  expect(left.length).toBeLessThanOrEqual(33);
  expect(left.at(-1)).toBe("other");
});
