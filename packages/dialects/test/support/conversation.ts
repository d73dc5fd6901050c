import type { Dialect } from "@tokenflow/dialects";
import * as fc from "fast-check";

/** A conversation as a test describes it, to be written in each dialect by hand. */
export interface Talk {
  readonly system: string | undefined;
  readonly turns: readonly TalkTurn[];
  readonly tools: readonly {
    readonly name: string;
    readonly description: string;
    readonly strict: boolean;
  }[];
  readonly choice: "auto" | "none" | "required" | "tool" | undefined;
  readonly parallel: boolean;
  readonly maxTokens: number;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly user: string | undefined;
  readonly stream: boolean;
}

export type TalkTurn =
  | { readonly by: "user"; readonly text: string; readonly image: string | undefined }
  | { readonly by: "model"; readonly text: string; readonly calls: readonly Call[]; readonly more: string };

interface Call {
  readonly id: string;
  readonly tool: number;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: string;
  readonly picture: boolean;
}

const PICTURE = "data:image/png;base64,iVBORw0KGgo=";
const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).map((text) => `w ${text}`);
const name = fc.stringMatching(/^[a-zA-Z_][\w-]{0,30}$/);
const toolsOf = fc.uniqueArray(fc.record({ name, description: words, strict: fc.boolean() }), {
  selector: (tool) => tool.name,
  minLength: 1,
  maxLength: 4,
});

const userTurn = fc.record({
  by: fc.constant("user" as const),
  text: words,
  image: fc.option(fc.constantFrom(PICTURE, "https://pictures.example/a.png"), { nil: undefined }),
});
const modelTurn = fc.record({
  by: fc.constant("model" as const),
  text: words,
  calls: fc.array(
    fc.record({
      id: fc.constant(""),
      tool: fc.nat(),
      input: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(fc.integer(), words, fc.boolean()), {
        maxKeys: 3,
      }),
      result: words,
      picture: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  more: words,
});

/** Conversations that every dialect can express: the person begins, and both take turns. */
export const talks: fc.Arbitrary<Talk> = fc
  .record({
    system: fc.option(words, { nil: undefined }),
    pairs: fc.array(fc.tuple(userTurn, modelTurn), { maxLength: 3 }),
    last: userTurn,
    tools: toolsOf,
    choice: fc.constantFrom("auto", "none", "required", "tool", undefined),
    parallel: fc.boolean(),
    maxTokens: fc.integer({ min: 16, max: 60_000 }),
    temperature: fc.option(fc.constantFrom(0, 0.5, 1), { nil: undefined }),
    topP: fc.option(fc.constantFrom(0.1, 1), { nil: undefined }),
    user: fc.option(fc.stringMatching(/^[a-z]{1,20}$/), { nil: undefined }),
    stream: fc.boolean(),
  })
  .map(({ pairs, last, ...rest }): Talk => {
    let count = 0;
    const turns = pairs.flatMap(([user, model]): readonly TalkTurn[] => [
      user,
      { ...model, calls: model.calls.map((call) => ({ ...call, id: `call_${(count += 1)}` })) },
    ]);
    return { ...rest, turns: [...turns, last] };
  });

type Body = Readonly<Record<string, unknown>>;

/** Writes a conversation in a dialect, as its documentation says. */
export function writeTalk(talk: Talk, dialect: Dialect): Body {
  return drop({ model: "some-model", ...WRITERS[dialect](talk) });
}

const schema = { type: "object", properties: { a: { type: "string" } } };
const nameOf = ({ tools }: Talk, call: Call): string => tools[call.tool % tools.length]?.name ?? "";

const WRITERS: Readonly<Record<Dialect, (talk: Talk) => Body>> = {
  chat: (talk) => ({
    messages: [
      ...(talk.system === undefined ? [] : [{ role: "system", content: talk.system }]),
      ...talk.turns.flatMap((turn) => {
        if (turn.by === "user") {
          const text = { type: "text", text: turn.text };
          return [
            {
              role: "user",
              content:
                turn.image === undefined
                  ? turn.text
                  : [text, { type: "image_url", image_url: { url: turn.image } }],
            },
          ];
        }
        const calls = turn.calls.map((call) => ({
          id: call.id,
          type: "function",
          function: { name: nameOf(talk, call), arguments: JSON.stringify(call.input) },
        }));
        if (calls.length === 0) return [{ role: "assistant", content: turn.text }];
        const pictures = turn.calls
          .filter((call) => call.picture)
          .flatMap(({ id }) => [
            { type: "text", text: `From the result of ${id}:` },
            { type: "image_url", image_url: { url: PICTURE } },
          ]);
        return [
          { role: "assistant", content: turn.text, tool_calls: calls },
          ...turn.calls.map(({ id, result }) => ({ role: "tool", tool_call_id: id, content: result })),
          ...(pictures.length === 0 ? [] : [{ role: "user", content: pictures }]),
          { role: "assistant", content: turn.more },
        ];
      }),
    ],
    tools: talk.tools.map(({ name, description, strict }) => ({
      type: "function",
      function: { name, description, parameters: schema, strict },
    })),
    tool_choice:
      talk.choice === "tool" ? { type: "function", function: { name: talk.tools[0]?.name } } : talk.choice,
    parallel_tool_calls: talk.parallel ? undefined : false,
    max_completion_tokens: talk.maxTokens,
    temperature: talk.temperature,
    top_p: talk.topP,
    user: talk.user,
    ...(talk.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }),
  responses: (talk) => ({
    instructions: talk.system,
    input: talk.turns.flatMap((turn) => {
      if (turn.by === "user") {
        const image = turn.image === undefined ? [] : [{ type: "input_image", image_url: turn.image }];
        return [
          { type: "message", role: "user", content: [{ type: "input_text", text: turn.text }, ...image] },
        ];
      }
      const said = (text: string): Body => ({
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text, annotations: [] }],
      });
      return [
        said(turn.text),
        ...turn.calls.map((call) => ({
          type: "function_call",
          call_id: call.id,
          name: nameOf(talk, call),
          arguments: JSON.stringify(call.input),
        })),
        ...turn.calls.map(({ id, result, picture }) => ({
          type: "function_call_output",
          call_id: id,
          output: picture
            ? [
                { type: "input_text", text: result },
                { type: "input_image", image_url: PICTURE },
              ]
            : result,
        })),
        ...(turn.calls.length === 0 ? [] : [said(turn.more)]),
      ];
    }),
    tools: talk.tools.map(({ name, description, strict }) => ({
      type: "function",
      name,
      description,
      parameters: schema,
      strict,
    })),
    tool_choice: talk.choice === "tool" ? { type: "function", name: talk.tools[0]?.name } : talk.choice,
    parallel_tool_calls: talk.parallel ? undefined : false,
    max_output_tokens: talk.maxTokens,
    temperature: talk.temperature,
    top_p: talk.topP,
    user: talk.user,
    include: ["reasoning.encrypted_content"],
    store: false,
    stream: talk.stream ? true : undefined,
  }),
  messages: (talk) => ({
    max_tokens: talk.maxTokens,
    system: talk.system === undefined ? undefined : [{ type: "text", text: talk.system }],
    messages: talk.turns.flatMap((turn): readonly Body[] => {
      if (turn.by === "user") {
        const image = turn.image === undefined ? [] : [{ type: "image", source: sourceOf(turn.image) }];
        return [{ role: "user", content: [{ type: "text", text: turn.text }, ...image] }];
      }
      if (turn.calls.length === 0)
        return [{ role: "assistant", content: [{ type: "text", text: turn.text }] }];
      const uses = turn.calls.map((call) => ({
        type: "tool_use",
        id: call.id,
        name: nameOf(talk, call),
        input: call.input,
      }));
      const results = turn.calls.map(({ id, result, picture }) => ({
        type: "tool_result",
        tool_use_id: id,
        content: [
          { type: "text", text: result },
          ...(picture ? [{ type: "image", source: sourceOf(PICTURE) }] : []),
        ],
      }));
      return [
        { role: "assistant", content: [{ type: "text", text: turn.text }, ...uses] },
        { role: "user", content: results },
        { role: "assistant", content: [{ type: "text", text: turn.more }] },
      ];
    }),
    tools: talk.tools.map(({ name, description, strict }) => ({
      name,
      description,
      input_schema: schema,
      strict: strict ? true : undefined,
    })),
    tool_choice: messagesChoice(talk),
    temperature: talk.temperature,
    top_p: talk.topP,
    metadata: talk.user === undefined ? undefined : { user_id: talk.user },
    stream: talk.stream ? true : undefined,
  }),
};

function messagesChoice({ choice, parallel, tools }: Talk): Body | undefined {
  const only = parallel ? {} : { disable_parallel_tool_use: true };
  if (choice === "none") return { type: "none" };
  if (choice === undefined) return parallel ? undefined : { type: "auto", ...only };
  if (choice === "tool") return { type: "tool", name: tools[0]?.name, ...only };
  return { type: choice === "required" ? "any" : "auto", ...only };
}

function sourceOf(url: string): Body {
  return url.startsWith("data:")
    ? { type: "base64", media_type: "image/png", data: url.split(",")[1] }
    : { type: "url", url };
}

/** Removes marks for the cache, which the translation sets by itself. */
export function withoutMarks(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) => (key === "cache_control" ? undefined : member)),
  );
}

function drop(body: Body): Body {
  return JSON.parse(JSON.stringify(body)) as Body;
}
