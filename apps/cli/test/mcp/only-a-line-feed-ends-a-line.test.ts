import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readLines } from "../../src/mcp/read-lines.ts";

test("separators of Unicode, carriage returns and split characters stay in their line", async () => {
  const input = new PassThrough();
  const lines: string[] = [];
  const reading = readLines(input, (line) => lines.push(line), new AbortController().signal);
  const bytes = Buffer.from('{"a":"x\u2028y\u2029z\u0085"}\r\n\n{"b":"é\u{1f600}"}\nlast');
  for (const byte of bytes) input.write(Buffer.of(byte));
  input.end();
  await reading;
  expect(lines).toEqual(['{"a":"x\u2028y\u2029z\u0085"}\r', "", '{"b":"é\u{1f600}"}', "last"]);
});

test("an abort ends the reading, and what comes later is not taken", async () => {
  const input = new PassThrough();
  const over = new AbortController();
  const lines: string[] = [];
  const reading = readLines(input, (line) => lines.push(line), over.signal);
  over.abort();
  await reading;
  input.end("late\n");
  expect(lines).toEqual([]);
  expect(input.isPaused()).toBe(true);
});
