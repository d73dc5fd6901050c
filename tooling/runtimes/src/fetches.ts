import { type ClientOptions, clientOptions, createTokenManager, type TokenManager } from "@tokenflow/core";
import { ensure, ensureEqual, rejection, until } from "./ensure.ts";
import type { Checks, Scenario } from "./scenario.ts";
import { copilotOf, signIn } from "./sessions.ts";

interface Client extends ClientOptions, AsyncDisposable {
  readonly manager: TokenManager;
  chat(text: string, init?: RequestInit & { readonly stream?: boolean }): Promise<Response>;
}

async function createClient(scenario: Scenario): Promise<Client> {
  const manager = createTokenManager({ provider: copilotOf(scenario) });
  await signIn(scenario, manager);
  const options = clientOptions(manager);
  return {
    ...options,
    manager,
    chat: (content, { stream = false, ...init } = {}) =>
      options.fetch(`${options.baseURL}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${options.apiKey}` },
        body: JSON.stringify({ model: "gpt-4.1", stream, messages: [{ role: "user", content }] }),
        ...init,
      }),
    [Symbol.asyncDispose]: () => manager.close(),
  };
}

/** A fetch that carries the token, and is a fetch in everything else. */
export const fetchChecks: Checks = {
  "createFetch: a whole answer, and one in pieces": async (scenario) => {
    await using client = await createClient(scenario);
    ensure((await (await client.chat("whole?")).text()).includes("whole?"), "no answer");
    await scenario.change({ chunkDelay: 5 });
    const { body } = await client.chat("in some pieces?", { stream: true });
    const reader = (body ?? new ReadableStream<Uint8Array>()).getReader();
    const decoder = new TextDecoder();
    let pieces = 0;
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      pieces += 1;
      text += decoder.decode(part.value, { stream: true });
    }
    await scenario.change({ chunkDelay: 0 });
    ensure(text.includes("pieces"), "no answer");
    ensure(pieces > 3, `${pieces} pieces`);
  },

  "createFetch: a refused token costs one retry, with any body": async (scenario) => {
    const text = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "again?" }] });
    const init = { method: "POST", headers: { "content-type": "application/json" } };
    const url = `${scenario.copilot}/chat/completions`;
    const requests: readonly Parameters<typeof fetch>[] = [
      [url, { ...init, body: text }],
      [url, { ...init, body: new TextEncoder().encode(text) }],
      [url, { ...init, body: new Blob([text]) }],
      [new Request(url, { ...init, body: text })],
    ];
    for (const request of requests) {
      await using client = await createClient(scenario);
      const { refusals = 0 } = await scenario.counts();
      await scenario.expireTokens();
      ensure((await (await client.fetch(...request)).text()).includes("again?"), "no answer");
      ensureEqual((await scenario.counts())["refusals"], refusals + 1, "refusals");
    }
  },

  "createFetch: a stream is sent as it comes, and never twice": async (scenario) => {
    await using client = await createClient(scenario);
    const send = async (): Promise<Response> => {
      const text = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "streamed?" }] });
      const body = new Blob([text]).stream();
      const init: RequestInit & { readonly duplex: "half" } = { body, duplex: "half" };
      return client.chat("", init);
    };
    ensure((await (await send()).text()).includes("streamed?"), "no answer");
    await scenario.expireTokens();
    ensureEqual((await send()).status, 401, "status");
    ensureEqual((await send()).status, 200, "the next has a fresh token");
  },

  "createFetch: a redirect takes no token along": async (scenario) => {
    await using client = await createClient(scenario);
    const location = `${scenario.hyper}/v1/models`;
    await scenario.fault({ service: "copilot", status: 302, headers: { location } });
    const response = await client.chat("elsewhere?");
    ensure((await response.text()).includes("kimi"), "It was not followed");
    await scenario.fault({ service: "copilot", status: 302, headers: { location } });
    ensureEqual((await client.chat("elsewhere?", { redirect: "manual" })).status, 302, "status");
    ensureEqual((await scenario.counts())["misdirected"], 0, "tokens sent to another host");
  },

  "createFetch: an abort ends the request at the service": async (scenario) => {
    await using client = await createClient(scenario);
    const { aborted = 0 } = await scenario.counts();
    await scenario.fault({ service: "copilot", path: "/chat", hangAfter: 1_500 });
    const abort = new AbortController();
    const { body } = await client.chat("a b c d e f g h", { stream: true, signal: abort.signal });
    const reader = (body ?? new ReadableStream()).getReader();
    await reader.read();
    abort.abort(new Error("enough"));
    await rejection(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    );
    await until(async () => (await scenario.counts())["aborted"] === aborted + 1, "aborted");
  },

  "createFetch: an error whose body stalls is answered": async (scenario) => {
    await using client = await createClient(scenario);
    await scenario.fault({ service: "copilot", status: 400, body: "a long story", hangAfter: 6 });
    const response = await client.chat("stalled?");
    ensureEqual(response.status, 400, "status");
    await response.body?.cancel();
  },

  "no grant or token went where it does not belong": async (scenario) => {
    ensureEqual((await scenario.counts())["misdirected"], 0, "misdirected");
  },
};
