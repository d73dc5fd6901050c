import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings, serve } from "@tokenflow/proxy/program";
import { expect, test } from "vitest";
import { startUpstream } from "../fixtures/upstream.ts";

test("a budget of a key or a session that there is not is told at the start", async () => {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  const config = join(folder, "proxy.json");
  const budgets = [
    { key: "ci", credits: 5, per: "day" },
    { key: "c1", credits: 5, per: "day" },
    { session: "test", credits: 5, per: "day" },
    { session: "test@home", credits: 5, per: "day" },
    { credits: 5, per: "day" },
  ];
  const keys = [{ name: "ci", secret: "a-key-for-ci" }];
  writeFileSync(config, JSON.stringify({ keys, budgets }), { mode: 0o600 });
  await using upstream = await startUpstream((_request, response) => response.end("{}"), { account: "work" });
  const lines: string[] = [];
  const stop = new AbortController();
  try {
    const settings = await readSettings({ config, port: "0" }, {});
    await serve({
      settings,
      managers: [upstream.manager],
      stop: stop.signal,
      say(line) {
        lines.push(line);
        stop.abort();
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(lines.filter((line) => line.includes("limits nobody"))).toEqual([
    'A budget limits nobody: no key has the name "c1".',
    'A budget limits nobody: no session that is served has the name "test@home".',
  ]);
});
