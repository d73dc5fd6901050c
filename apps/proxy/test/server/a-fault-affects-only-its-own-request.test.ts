import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { failureOf } from "../fixtures/requests.ts";
import { startProxy, until } from "../fixtures/upstream.ts";

type Fault = Parameters<Awaited<ReturnType<typeof startCopilot>>["simulator"]["fault"]>[0];

interface Outcome {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** True if the response ended properly. */
  readonly isWhole: boolean;
}

function question(stream: boolean): RequestInit {
  const messages = [{ role: "user", content: "Are you there?" }];
  return { method: "POST", body: JSON.stringify({ model: "gpt-4.1", stream, messages }) };
}

async function readWhole(answer: Response): Promise<Outcome> {
  const decoder = new TextDecoder();
  const { status, headers } = answer;
  let text = "";
  try {
    for await (const part of answer.body ?? []) text += decoder.decode(part, { stream: true });
    return { status, headers, text, isWhole: true };
  } catch {
    return { status, headers, text, isWhole: false };
  }
}

/** Each fault of the simulator, and what its caller sees. */
const KNOBS: readonly (readonly [
  name: string,
  stream: boolean,
  fault: Fault,
  seen: (outcome: Outcome) => void,
])[] = [
  ["a delay", false, { delay: 30 }, ({ status, isWhole }) => expect([status, isWhole]).toEqual([200, true])],
  [
    "a reset",
    false,
    { reset: true },
    ({ status, headers, text }) => {
      expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
      expect(text).toContain('"code":"provider.unavailable"');
    },
  ],
  [
    "an error of the gateway",
    true,
    { status: 502 },
    ({ status, text }) => {
      expect(status).toBe(502);
      expect(text).toContain("answered 502 with a page in place of an error");
    },
  ],
  ["another body", false, { body: "what?" }, ({ text }) => expect(text).toBe("what?")],
  ["a huge body", false, { hugeBody: 3_000_000 }, ({ text }) => expect(text).toHaveLength(3_000_000)],
  [
    "a limit",
    false,
    // Zero, since a longer time would pause the session.
    { retryAfter: 0 },
    ({ status, headers }) => expect([status, headers.get("retry-after")]).toEqual([429, "0"]),
  ],
  [
    "a header",
    false,
    { headers: { "x-request-id": "fault" } },
    ({ headers }) => expect(headers.get("x-request-id")).toBe("fault"),
  ],
  ["another member", false, { merge: { id: "fault" } }, ({ text }) => expect(text).toContain('"id":"fault"')],
  ["a member less", false, { omit: ["id"] }, ({ text }) => expect(text).not.toContain('"id":')],
  [
    "half a JSON",
    false,
    { badJson: true },
    ({ isWhole, text }) => {
      expect(isWhole).toBe(true);
      expect(() => JSON.parse(text) as unknown).toThrow();
    },
  ],
  ["compression", false, { gzip: true }, ({ text }) => expect(text).toContain("Are you there?")],
  [
    "a cut of a complete response",
    false,
    { cutAfter: 50 },
    // A whole answer is sent when all of it has come, so half of one becomes an error.
    ({ text }) => expect(text).toContain("provider.unavailable"),
  ],
  [
    "a cut inside an event",
    true,
    { cutAfter: 700 },
    // Events are repaired whole, so half of one is never sent, and the error follows the last whole one.
    ({ isWhole, text }) => {
      expect(isWhole).toBe(false);
      expect(text).toContain("provider.unavailable");
      expect(text).toMatch(/\n\n$/);
    },
  ],
  [
    "an error inside the stream",
    true,
    { streamError: { after: 3, error: { message: "fault" } } },
    ({ text }) => expect(text).toContain('data: {"error":{"message":"fault"}}\n\n'),
  ],
];

test("each fault of the simulator leaves 32 other streams complete", async () => {
  // At the end an exchanged token expires.
  await using copilot = await startCopilot({ unknownEditors: true, chunks: 200, chunkDelay: 10 });
  const { simulator } = copilot;
  await using proxy = await startProxy({ sessions: [copilot] });
  const url = `${proxy.url}/v1/chat/completions`;
  let ended = 0;
  const streams = await Promise.all(Array.from({ length: 32 }, () => fetch(url, question(true))));
  const texts = streams.map(async (stream) => {
    const outcome = await readWhole(stream);
    ended += 1;
    return outcome;
  });

  for (const [name, stream, fault, seen] of KNOBS) {
    simulator.fault({ service: "copilot", path: "/chat/completions", ...fault });
    const outcome = await readWhole(await fetch(url, question(stream)));
    expect(outcome.text, name).not.toBe("");
    seen(outcome);
  }
  for (const fault of [{ hang: true }, { hangAfter: 10 }] satisfies Fault[]) {
    const { aborted } = simulator.counts;
    const caller = new AbortController();
    const asked = simulator.counts.modelCalls;
    simulator.fault({ service: "copilot", path: "/chat/completions", ...fault });
    const answer = fetch(url, { ...question(false), signal: caller.signal }).then(readWhole);
    await until(() => simulator.counts.modelCalls > asked, "the upstream got the request");
    caller.abort();
    await failureOf(answer);
    await until(() => simulator.counts.aborted === aborted + 1, "the upstream saw the abort");
  }
  // The token expires, and no refresh succeeds for a while.
  simulator.expireTokens();
  simulator.fault({ service: "github-api", status: 503 });
  const away = await fetch(url, question(false));
  expect([away.status, Number(away.headers.get("retry-after")) > 0]).toEqual([503, true]);
  expect(ended).toBeLessThan(32);

  const outcomes = await Promise.all(texts);
  expect(outcomes.map(({ isWhole, text }) => isWhole && text.endsWith("data: [DONE]\n\n"))).toEqual(
    Array.from({ length: 32 }, () => true),
  );
  expect(new Set(outcomes.map(({ text }) => text.split("\n\n").length)).size).toBe(1);
  let status = 0;
  while (status !== 200) ({ status } = await readWhole(await fetch(url, question(false))));
  expect(simulator.counts.misdirected).toBe(0);
});
