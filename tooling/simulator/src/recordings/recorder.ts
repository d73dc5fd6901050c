import { isJsonObject, parseJson } from "@tokenflow/conformance/server";
import { createPrivateWords } from "./private-words.ts";
import type { RecordedExchange, RecordedService } from "./recording.ts";
import { cleanText, readSentence } from "./sentence.ts";
import { distinct, type Shape, shapeOf } from "./shape.ts";

export interface RecorderOptions {
  /** Names the service of an address. What belongs to none, such as the device flow, is not recorded. */
  serviceOf(url: URL): RecordedService | undefined;
  /** @default the platform's `fetch` */
  readonly fetch?: typeof fetch | undefined;
}

/** A `fetch` that keeps the shape of what passes. */
export interface Recorder {
  readonly fetch: typeof fetch;
  /** Sets the question that the next requests belong to. */
  ask(question: string): void;
  /** Keeps the names in an answer about a person out of the recording, also out of what was recorded before. */
  learn(answer: unknown): void;
  /** Returns a text as it may be recorded. */
  clean(text: string): string;
  /** Returns what has passed, without anything that is known to be private. */
  exchanges(): readonly RecordedExchange[];
}

/** Headers of ours that an answer may depend on. */
const HEADERS: readonly string[] = [
  "anthropic-beta",
  "anthropic-version",
  "content-type",
  "copilot-integration-id",
  "editor-version",
  "user-agent",
  "x-initiator",
  "x-interaction-id",
];

/** Members of an exchange that hold only words of ours. */
const OURS: ReadonlySet<string> = new Set(["question", "service", "method", "path", "credential", "scheme"]);
/** A finding may list the members of an answer. */
const MAX_WORDS_OF_FINDING = 100;

export function createRecorder({ serviceOf, fetch: send = fetch }: RecorderOptions): Recorder {
  const exchanges: RecordedExchange[] = [];
  const words = createPrivateWords();
  let question = "";
  return {
    ask(next) {
      question = next;
    },
    learn: words.learn,
    clean: (text) => cleanText(words.remove(text), MAX_WORDS_OF_FINDING),
    exchanges: () =>
      JSON.parse(JSON.stringify(exchanges), (name, value: unknown) =>
        typeof value === "string" && !OURS.has(name) ? words.remove(value) : value,
      ) as readonly RecordedExchange[],
    async fetch(input, init) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const service = serviceOf(url);
      const sent = request.body === null ? undefined : parseJson(await request.clone().text());
      const response = await send(request);
      if (!service) return response;
      const text = await response.text();
      const { status, headers } = response;
      if (service === "github-api") words.learn(parseJson(text));
      const authorization = request.headers.get("authorization") ?? "";
      words.add(authorization.slice(authorization.indexOf(" ") + 1));
      exchanges.push({
        question,
        service,
        method: request.method,
        path: url.pathname,
        ...credentialOf(authorization),
        headers: Object.fromEntries(
          HEADERS.flatMap((name): [string, string][] => {
            const value = request.headers.get(name);
            return value === null ? [] : [[name, value]];
          }),
        ),
        ...(isJsonObject(sent) ? { body: sent } : {}),
        status,
        ...readAnswer(status, headers.get("content-type") ?? "", text),
      });
      return new Response(status === 204 || status === 304 ? null : text, { status, headers });
    },
  };
}

function credentialOf(authorization: string): Pick<RecordedExchange, "credential" | "scheme"> {
  const [scheme = "", secret = ""] = authorization.split(" ");
  const [, prefix] = /^(gh[a-z]|github_pat)_/.exec(secret) ?? [];
  const isCopilot = /(?:^|;)(?:tid|exp)=/.test(secret);
  return { scheme, credential: prefix ?? (isCopilot ? "copilot" : secret === "" ? "none" : "unknown") };
}

export function readAnswer(
  status: number,
  type: string,
  text: string,
): Pick<RecordedExchange, "answer" | "events" | "sentence"> {
  if (type.includes("event-stream")) return { events: eventsOf(text) };
  const json = parseJson(text);
  if (status < 400) return { answer: json === undefined ? "text" : shapeOf(json) };
  return { answer: json === undefined ? "text" : shapeOf(json), sentence: readSentence(text) };
}

function eventsOf(text: string): Readonly<Record<string, readonly Shape[]>> {
  const events = new Map<string, Shape[]>();
  for (const [, data = ""] of text.matchAll(/^data: ?(.*)$/gm)) {
    const json = parseJson(data);
    const type = isJsonObject(json) && typeof json["type"] === "string" ? json["type"] : "data";
    if (json !== undefined) events.set(type, [...(events.get(type) ?? []), shapeOf(json)]);
  }
  return Object.fromEntries([...events].map(([type, shapes]) => [type, distinct(shapes)]));
}
