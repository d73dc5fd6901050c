import type { Model } from "@tokenflow/core";
import type { JsonObject } from "@tokenflow/core/provider";
import { ask, at, type Live, outcome } from "./service.ts";

/** The models to ask, the cheapest that is known for each path. */
export interface Models {
  readonly chat: string;
  readonly responses: string;
  readonly messages: string;
  readonly embeddings: string;
}

const PREFERRED = /mini|luna|haiku|4\.1|small|flash/;

export function chooseModels(models: readonly Model[]): Models {
  const by = (path: string): string => {
    const fit = models.filter(({ endpoints = [], enabled }) => endpoints.includes(path) && enabled !== false);
    return (fit.find(({ id }) => PREFERRED.test(id)) ?? fit[0])?.id ?? "none";
  };
  const embeddings = models.find(({ kind }) => kind === "embeddings")?.id ?? "text-embedding-3-small";
  return {
    chat: by("/chat/completions"),
    responses: by("/responses"),
    messages: by("/v1/messages"),
    embeddings,
  };
}

/** Long enough for the service's cache, and different in each run. */
function longPrompt(): string {
  const run = crypto.randomUUID();
  return Array.from(
    { length: 400 },
    (_, line) => `${run} line ${line} of a text that is always the same.`,
  ).join("\n");
}

/** Asks the same long prompt twice, without an interaction id and with one. */
export async function askCache(live: Live, { chat }: Models): Promise<void> {
  live.recorder.ask("prompt cache");
  for (const [name, id] of [
    ["without an interaction id", ""],
    ["with one stable interaction id", crypto.randomUUID()],
  ] as const) {
    const messages = [{ role: "user", content: `${longPrompt()}\nAnswer with the word yes.` }];
    // Else the provider sends one of its own. The service takes an empty one for none.
    const headers = { "x-interaction-id": id };
    await ask(live, "/chat/completions", live.token, { body: { model: chat, messages }, headers });
    const again = await ask(live, "/chat/completions", live.token, {
      body: { model: chat, messages },
      headers,
    });
    const cached = at(again.json, "usage", "prompt_tokens_details", "cached_tokens");
    live.tell(`cached tokens ${name}`, again.status < 400 ? String(cached) : outcome(again));
  }
}

const TOOL: JsonObject = {
  type: "function",
  name: "look_up",
  description: "Looks up a word.",
  parameters: {
    type: "object",
    properties: { question: { type: "string" } },
    required: ["question"],
    additionalProperties: false,
  },
};

/** Asks for a stream with one tool call: are its ids stable, and its deltas plain? */
export async function askResponses(live: Live, { responses }: Models): Promise<void> {
  live.recorder.ask("a Responses stream with a tool call");
  const input = [{ role: "user", content: "Look up the word copilot." }];
  const body = { model: responses, input, tools: [TOOL], stream: true, store: false };
  const answer = await ask(live, "/responses", live.token, { body });
  if (answer.status >= 400) return live.tell("Responses stream", outcome(answer));
  const texts = (read: (event: JsonObject) => unknown): readonly string[] =>
    answer.events.map(read).filter((value) => typeof value === "string");
  const ids = new Set(texts((event) => at(event, "response", "id")));
  live.tell("response ids of one stream", ids.size === 1 ? "stable" : `${ids.size} different ones`);
  const items = Map.groupBy(answer.events, (event) => event["output_index"]);
  items.delete(undefined);
  const counts = [...items.values()].map(
    (events) =>
      new Set(
        events
          .map((event) => event["item_id"] ?? at(event, "item", "id"))
          .filter((id) => typeof id === "string"),
      ).size,
  );
  const most = Math.max(0, ...counts);
  live.tell("item ids of one stream", most > 1 ? `${most} different ones for an item` : "stable");
  const delta = texts((event) =>
    event["type"] === "response.function_call_arguments.delta" ? event["delta"] : undefined,
  ).join("");
  const whole = texts((event) =>
    event["type"] === "response.function_call_arguments.done" ? event["arguments"] : undefined,
  ).join("");
  live.tell("deltas of the arguments", delta === whole ? "plain" : "not the arguments");
}

/** Asks for embeddings in base64, as the openai SDK does by itself. */
export async function askEmbeddings(live: Live, { embeddings }: Models): Promise<void> {
  live.recorder.ask("embeddings in base64");
  const body = { model: embeddings, input: ["hello"], encoding_format: "base64" };
  const answer = await ask(live, "/embeddings", live.token, { body });
  const { data } = answer.json;
  const [first] = Array.isArray(data) ? data : [];
  const kind = typeof at(first, "embedding") === "string" ? "base64" : "numbers";
  live.tell("embeddings in base64", answer.status < 400 ? `answered with ${kind}` : outcome(answer));
}
