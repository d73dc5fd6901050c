import { createTokenManager } from "@tokenflow/core";
import { registerSessionTools } from "@tokenflow/mcp";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { findControl, HOSTILE_SAMPLES, startHostileService } from "@tokenflow/services";
import { expect, test } from "vitest";
import { talkCurrent, talkPrevious } from "./support/in-process.ts";

const MAX_RESULT = 2_000;

/** A result without the escapes of JSON, as a client shows its parts. */
function expectHarmless(result: unknown): void {
  const seen: string[] = [];
  JSON.stringify(result, (_key, value: unknown) => {
    if (typeof value === "string") seen.push(value);
    return value;
  });
  expect(seen).not.toEqual([]);
  for (const text of seen) {
    expect(findControl(text), JSON.stringify(text)).toBeUndefined();
    expect(text.length).toBeLessThan(MAX_RESULT);
  }
}

test.each(Object.entries(HOSTILE_SAMPLES))(
  "text with %s reaches no client in any form of asking",
  async (_name, text) => {
    await using service = await startHostileService(text);
    service.waits = true;
    await using manager = createTokenManager({
      provider: createCopilotProvider(copilotOptionsFromEnv(service.env)),
    });
    const asked: string[] = [];
    const current = await talkCurrent(
      (server) => registerSessionTools(server, manager),
      async (url) => {
        asked.push(url);
        return "decline";
      },
    );
    expectHarmless(await current.callTool({ name: "sign_in" }));
    expectHarmless(asked);
    const previous = await talkPrevious((server) => registerSessionTools(server, manager));
    const refusal: unknown = await previous.callTool({ name: "sign_in" }).catch((error: unknown) => error);
    expectHarmless({ message: refusal instanceof Error ? refusal.message : "" });
    service.waits = false;
    await expect.poll(async () => (await manager.status()).login).toMatch(/^ada/);
    const status = await previous.callTool({ name: "session_status" });
    expect(JSON.stringify(status)).toContain("as ada");
    expectHarmless(status);
    service.refuses = true;
    await manager.getToken({ forceRefresh: true }).catch(() => undefined);
    expectHarmless(await previous.callTool({ name: "session_status" }));
    await current.close();
    await previous.close();
  },
);
