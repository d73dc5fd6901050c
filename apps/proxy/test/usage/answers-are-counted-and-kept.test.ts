import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createFakeClock } from "@tokenflow/core/testing";
import { createUsage, forgetUsage, readReport } from "@tokenflow/proxy/usage";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ANSWERED_CALL as call } from "../fixtures/answered-call.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "usage-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const report = (path: string, by: "model" | "key" | "day" = "model") =>
  readReport({ path, by, since: 0, now: Date.now() });

test("answers are added up, exactly, and one that broke off is unknown", () => {
  const path = join(folder, "deep", "usage.db");
  const usage = createUsage({ path });
  for (let count = 0; count < 1_000; count += 1) void usage.record(call);
  void usage.record({ ...call, isComplete: false, outputTokens: undefined, credits: undefined });
  void usage.record({ ...call, inputTokens: undefined, outputTokens: undefined, credits: undefined });
  usage[Symbol.dispose]();
  expect(report(path)).toEqual([
    {
      name: "gpt-4.1",
      answers: 1_000,
      unknown: 2,
      input: 100_000,
      cached: 40_000,
      output: 10_000,
      reasoning: 0,
      credits: 0.000_001,
    },
  ]);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test("two programs write to one database, and lose nothing", () => {
  const path = join(folder, "usage.db");
  const both = [createUsage({ path }), createUsage({ path })];
  for (let count = 0; count < 200; count += 1) for (const usage of both) void usage.record(call);
  for (const usage of both) usage[Symbol.dispose]();
  expect(report(path, "key")).toMatchObject([{ name: "ci", answers: 400 }]);
});

test("while another program writes, nobody waits, and the answer is written afterwards", async () => {
  const path = join(folder, "usage.db");
  using usage = createUsage({ path });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  void usage.record(call);
  const start = performance.now();
  await new Promise((resolve) => setImmediate(resolve));
  expect(performance.now() - start).toBeLessThan(1_000);
  other.exec("ROLLBACK");
  other.close();
  await expect.poll(() => report(path).length).toBe(1);
});

test("what was written survives a kill", async () => {
  const path = join(folder, "usage.db");
  const script = `
    import { createUsage } from "@tokenflow/proxy/usage";
    createUsage({ path: ${JSON.stringify(path)} }).record(${JSON.stringify(call)});
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
    setInterval(() => undefined, 1000);`;
  const args = ["--conditions=@tokenflow/source", "--input-type=module", "--eval", script];
  const { signal } = spawnSync(process.execPath, args, { cwd: import.meta.dirname });
  expect(signal).toBe("SIGKILL");
  expect(report(path)).toMatchObject([{ answers: 1 }]);
});

test("no warning about SQLite is shown, and every later warning is", () => {
  // Node 22 warns when the module is loaded, Node 24 no longer does.
  const script = `
    import { createUsage } from "@tokenflow/proxy/usage";
    const load = process.getBuiltinModule;
    process.getBuiltinModule = (name) => {
      if (name === "node:sqlite") process.emitWarning("SQLite is an experimental feature", "ExperimentalWarning");
      return load(name);
    };
    createUsage()[Symbol.dispose]();
    process.emitWarning("a later one");`;
  const args = ["--conditions=@tokenflow/source", "--input-type=module", "--eval", script];
  const { stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8" });
  expect(stderr).toContain("a later one");
  expect(stderr).not.toContain("SQLite");
});

test.each([
  [
    "a file that is no database",
    (path: string) => writeFileSync(path, "words of somebody else, long enough for a header".repeat(100)),
  ],
  [
    "a database of a newer version",
    (path: string) => {
      const database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 99");
      database.close();
    },
  ],
])("%s is told once, stays as it is, and answers are counted in memory", (_name, make) => {
  const path = join(folder, "usage.db");
  make(path);
  const before = statSync(path).size;
  const notices: string[] = [];
  using usage = createUsage({
    path,
    onNotice: (sentence) => notices.push(sentence),
    budgets: [{ tokens: 100, per: "day" }],
  });
  void usage.record(call);
  expect(notices).toEqual([
    expect.stringMatching(/^Usage is not kept: .*usage\.db cannot be used \(.+\)\. Move the file away/),
  ]);
  expect(() => usage.require(call)).toThrow("The budget is used up: 110 of 100 tokens in this day");
  expect(statSync(path).size).toBe(before);
});

test("all of it can be deleted, while a proxy goes on counting", () => {
  const path = join(folder, "usage.db");
  using usage = createUsage({ path });
  void usage.record(call);
  const other = createUsage({ path });
  void other.record(call);
  other[Symbol.dispose]();
  expect(forgetUsage(path, Date.now())).toBe(1);
  expect(report(path)).toEqual([]);
});

test("a budget counts answers that could not be written, however many", async () => {
  const path = join(folder, "usage.db");
  const clock = createFakeClock(Date.UTC(2026, 11, 31, 23));
  using usage = createUsage({ path, clock, budgets: [{ tokens: 110 * 12_000, per: "day" }] });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  for (let count = 0; count < 11_999; count += 1) void usage.record(call);
  await new Promise((resolve) => setImmediate(resolve));
  void usage.require(call);
  void usage.record(call);
  await new Promise((resolve) => setImmediate(resolve));
  expect(() => usage.require(call)).toThrow("1320000 of 1320000 tokens in this day");
  // What waits belongs to the day on which it was answered.
  await clock.advance(3_600_000);
  void usage.require(call);
  other.exec("ROLLBACK");
  other.close();
});
