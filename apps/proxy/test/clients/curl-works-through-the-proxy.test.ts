import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { startProxy } from "../fixtures/upstream.ts";

async function curl(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)("curl", ["-sS", "--max-time", "15", ...args])).stdout;
}

const QUESTION = { model: "gpt-4.1", messages: [{ role: "user", content: "Are you there?" }] };

test("it lists models, reads a stream, and sends a long body with Expect: 100-continue", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-curl-"));
  try {
    const file = join(folder, "question.json");
    await writeFile(file, JSON.stringify({ ...QUESTION, padding: "x".repeat(2_000_000) }));
    const chat = `${proxy.url}/v1/chat/completions`;

    expect(await curl(`${proxy.url}/v1/models`)).toContain('"gpt-4.1"');
    const stream = await curl("-N", "-d", JSON.stringify({ ...QUESTION, stream: true }), chat);
    expect(stream).toMatch(/^data: \{[^\n]+\n\ndata: [^]+\n\ndata: \[DONE\]\n\n$/);
    const headers = ["-H", "Expect: 100-continue", "-H", "Content-Type: application/json"];
    const long = await curl("-i", ...headers, "--data-binary", `@${file}`, chat);
    expect(long).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(long).toContain("Are you there?");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
