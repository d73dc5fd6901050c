import type { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type Anthropic from "@anthropic-ai/sdk";
import type { ClientOptions } from "@tokenflow/core";
import { streamText } from "ai";
import type { KyInstance } from "ky";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { importExample, readExample } from "./support/example.ts";
import { createScenario, type Scenario } from "./support/scenario.ts";

const GUIDE = "docs/guides/sdks.md";

/** The requests that the tests make with every SDK. */
interface Driver {
  /** Streams the pieces of a response. */
  stream(text: string, signal: AbortSignal): AsyncIterable<string>;
  /** Returns a whole response. */
  ask(text: string): Promise<string>;
}

interface Case {
  readonly heading: string;
  /** The variables that the example makes. */
  readonly made: string;
  readonly drive: (made: never) => Driver;
  readonly prints: RegExp;
}

const model = "gpt-4.1";
const unused = new AbortController().signal;
const messages = (content: string) => [{ role: "user" as const, content }];

async function* decode(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true });
}

const cases: readonly Case[] = [
  {
    heading: "openai",
    made: "openai",
    prints: /Hello from openai/,
    drive: ({ openai }: { openai: OpenAI }) => ({
      async ask(text) {
        const answer = await openai.chat.completions.create({ model, messages: messages(text) });
        return answer.choices[0]?.message.content ?? "";
      },
      async *stream(text, signal) {
        const body = { model, messages: messages(text), stream: true } as const;
        for await (const chunk of await openai.chat.completions.create(body, { signal })) {
          yield chunk.choices[0]?.delta.content ?? "";
        }
      },
    }),
  },
  {
    heading: "@anthropic-ai/sdk",
    made: "anthropic",
    prints: /Hello from anthropic/,
    drive: ({ anthropic }: { anthropic: Anthropic }) => {
      const body = (text: string) => ({
        model: "claude-sonnet-4",
        max_tokens: 100,
        messages: messages(text),
      });
      return {
        async ask(text) {
          return JSON.stringify((await anthropic.messages.create(body(text))).content);
        },
        async *stream(text, signal) {
          const events = await anthropic.messages.create({ ...body(text), stream: true }, { signal });
          for await (const event of events) {
            if (event.type === "content_block_delta" && event.delta.type === "text_delta")
              yield event.delta.text;
          }
        },
      };
    },
  },
  {
    heading: "ai",
    made: "copilot, generateText",
    prints: /Hello from ai/,
    drive: ({
      copilot,
      generateText,
    }: {
      copilot: ReturnType<typeof createOpenAICompatible>;
      generateText: typeof import("ai").generateText;
    }) => ({
      ask: async (prompt) => (await generateText({ model: copilot(model), prompt })).text,
      async *stream(prompt, signal) {
        const { stream } = streamText({ model: copilot(model), prompt, abortSignal: signal });
        for await (const part of stream) {
          if (part.type === "text-delta") yield part.text;
          if (part.type === "error") throw part.error;
          if (part.type === "abort") throw new Error("aborted");
        }
      },
    }),
  },
  {
    heading: "ky",
    made: "copilot",
    prints: /gpt-4\.1/,
    drive: ({ copilot }: { copilot: KyInstance }) => ({
      ask: (text) => copilot.post("chat/completions", { json: { model, messages: messages(text) } }).text(),
      async *stream(text, signal) {
        const json = { model, messages: messages(text), stream: true };
        yield* decode(await copilot.post("chat/completions", { json, signal }));
      },
    }),
  },
  {
    heading: "undici",
    made: "fetch, baseURL",
    prints: /gpt-4\.1/,
    drive: ({ fetch, baseURL }: ClientOptions) => {
      const post = async (body: object, signal = unused): Promise<Response> => {
        const response = await fetch(`${baseURL}/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ model, ...body }),
          signal,
        });
        if (!response.ok) throw new Error(`It answered ${response.status}`);
        return response;
      };
      return {
        ask: async (text) => (await post({ messages: messages(text) })).text(),
        async *stream(text, signal) {
          yield* decode(await post({ messages: messages(text), stream: true }, signal));
        },
      };
    },
  },
];

async function read(pieces: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const piece of pieces) if (piece !== "") all.push(piece);
  return all;
}

let scenario: Scenario;
beforeAll(async () => {
  // Most of these are tests of exchanged tokens, which expire and are refreshed.
  scenario = await createScenario({ unknownEditors: true });
});
afterAll(() => scenario[Symbol.asyncDispose]());

/** The globals that undici's `install()` replaces, to be restored. */
const platform = Object.getOwnPropertyDescriptors(globalThis);
const restore = (): void => {
  for (const name of ["fetch", "Headers", "Request", "Response", "FormData"] as const) {
    Object.defineProperty(globalThis, name, platform[name]);
  }
};

for (const { heading, made, drive, prints } of cases) {
  describe(heading, () => {
    let driver: Driver;
    let printed: unknown;
    const over = Promise.withResolvers<void>();
    let ended: Promise<void>;

    beforeAll(async () => {
      const name = heading.replace(/\W+/g, "-");
      const example = await importExample(await readExample(GUIDE, heading), { name, made });
      const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
      await new Promise<void>((resolve, reject) => {
        ended = example(scenario, async (things) => {
          driver = drive(things);
          resolve();
          await over.promise;
        });
        ended.catch(reject);
      });
      printed = log.mock.calls[0]?.[0];
      log.mockRestore();
    });
    afterAll(async () => {
      over.resolve();
      await ended;
      restore();
    });

    test("the example prints the answer", () => {
      expect(typeof printed === "string" ? printed : JSON.stringify(printed)).toMatch(prints);
    });

    test("a response is whole, or streamed in pieces", async () => {
      expect(await driver.ask("whole?")).toContain("whole?");
      scenario.simulator.settings.chunkDelay = 1;
      const pieces = await read(driver.stream("in pieces?", unused));
      scenario.simulator.settings.chunkDelay = 0;
      expect(pieces.length).toBeGreaterThan(5);
      expect(pieces.join("")).toMatch(/pieces\?/);
    });

    test("an expired token is refreshed before the next call", async () => {
      const { exchanges, refusals } = { ...scenario.simulator.counts };
      await scenario.clock.advance(3_600_000);
      expect(await driver.ask("later?")).toContain("later?");
      expect(scenario.simulator.counts).toMatchObject({ exchanges: exchanges + 1, refusals });
    });

    test("a refused token costs one redemption and one retry, whole and streamed", async () => {
      for (const ask of [
        driver.ask,
        async (text: string) => (await read(driver.stream(text, unused))).join(""),
      ]) {
        await scenario.clock.advance(60_000);
        const before = { ...scenario.simulator.counts };
        const requests = scenario.simulator.journal.length;
        scenario.simulator.expireTokens();
        expect(await ask("refused?")).toContain("refused?");
        expect(scenario.simulator.counts).toMatchObject({
          exchanges: before.exchanges + 1,
          refusals: before.refusals + 1,
        });
        const seen = scenario.simulator.journal
          .slice(requests)
          .filter(({ service }) => service === "copilot");
        expect(seen.map(({ status }) => status)).toEqual([401, 200]);
      }
    });

    test("a second refusal is passed to the caller", async () => {
      await scenario.clock.advance(60_000);
      const requests = scenario.simulator.journal.length;
      scenario.simulator.fault({ service: "copilot", status: 401, body: "unauthorized\n", count: 2 });
      await expect(driver.ask("refused?")).rejects.toThrow(/401|unauthorized/i);
      const seen = scenario.simulator.journal.slice(requests).filter(({ service }) => service === "copilot");
      expect(seen.map(({ status }) => status)).toEqual([401, 401]);
      await scenario.clock.advance(600_000);
    });

    test("an abort ends the request at the service", async () => {
      const { aborted } = scenario.simulator.counts;
      scenario.simulator.fault({ service: "copilot", hangAfter: 1_000 });
      const abort = new AbortController();
      const reading = (async () => {
        for await (const piece of driver.stream("a ".repeat(1_000), abort.signal)) {
          if (piece !== "") abort.abort();
        }
      })();
      // Some streams throw, and some just end.
      expect(await reading.then(() => "ended", String)).toMatch(/ended|abort/i);
      await expect.poll(() => scenario.simulator.counts.aborted).toBe(aborted + 1);
    });
  });
}

test("no secret was sent to a wrong host", () => {
  expect(scenario.simulator.counts.misdirected).toBe(0);
});
