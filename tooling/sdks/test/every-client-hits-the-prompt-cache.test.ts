import { describe, expect, test } from "vitest";
import { countRefusedEditors, openWay, ROUTES } from "./support/ways.ts";

const ID = "0196f3a2-7c1e-7d2b-9a8f-1c2d3e4f5a6b";
const OTHER = "0196f3a2-7c1e-7d2b-9a8f-000000000000";

/** The headers with which each client names a conversation, and the path and model that it uses. */
const clients = {
  "Claude Code": ["/messages", "claude-sonnet-4.5", (id: string) => ({ "x-claude-code-session-id": id })],
  Codex: ["/responses", "gpt-5-codex", (id: string) => ({ "session-id": id, "thread-id": id })],
  "Codex of last year": ["/responses", "gpt-5-codex", (id: string) => ({ session_id: id })],
  opencode: [
    "/chat/completions",
    "gpt-4.1",
    (id: string) => ({ "x-session-affinity": id, "x-session-id": id }),
  ],
} as const;

describe.each(ROUTES)("through $name with $token", ({ name, token, services }) => {
  test.each(Object.entries(clients))(
    "%s: the second turn of a conversation is in the cache, another conversation is not",
    async (_client, [path, model, headersOf]) => {
      await using way = await openWay(name, { services });
      const { baseURL, fetch } = way.openai;
      const cached: (number | undefined)[] = [];
      const ask = async (id: string, words: string): Promise<void> => {
        const items = [{ role: "user", content: words }];
        const response = await fetch(
          `${baseURL}${name === "createFetch" && path === "/messages" ? "/v1" : ""}${path}`,
          {
            method: "POST",
            headers: { "content-type": "application/json", ...headersOf(id) },
            body: JSON.stringify({
              model,
              max_tokens: 9,
              ...(path === "/responses" ? { input: items } : { messages: items }),
            }),
          },
        );
        expect(response.status).toBe(200);
        await response.text();
        cached.push(way.simulator.journal.at(-1)?.cachedTokens);
      };
      await ask(ID, "A question that is long enough to count.");
      await ask(ID, "A question that is long enough to count, and more.");
      await ask(OTHER, "A question that is long enough to count.");
      expect(cached).toEqual([0, expect.any(Number), 0]);
      expect(cached[1]).toBeGreaterThan(10);
      const sent = way.simulator.journal.filter(({ service }) => service === "copilot");
      expect(JSON.stringify(sent)).not.toContain(ID);
      expect(countRefusedEditors(way)).toBe(token === "the GitHub token" ? 1 : 0);
    },
  );

  test("a program that names no conversation hits the cache of its own", async () => {
    await using way = await openWay(name, { services });
    const { baseURL, fetch } = way.openai;
    for (const words of ["A question that is long enough.", "A question that is long enough, and more."]) {
      const body = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: words }] });
      const headers = { "content-type": "application/json" };
      await (await fetch(`${baseURL}/chat/completions`, { method: "POST", headers, body })).text();
    }
    expect(way.simulator.journal.at(-1)?.cachedTokens).toBeGreaterThan(10);
  });
});
