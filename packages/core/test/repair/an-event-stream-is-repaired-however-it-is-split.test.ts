import { createEventStreamRepair, type RepairedEvent, repairBody } from "@tokenflow/core/provider";
import { expect, test } from "vitest";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const join = (parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

type Repair = (data: string) => string | readonly RepairedEvent[];

/** Repairs a stream that arrives in chunks of this many bytes. */
function repaired(bytes: Uint8Array, size: number, repair: Repair, maxEvent?: number): Uint8Array {
  const stream = createEventStreamRepair(repair, { maxEvent });
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(stream.write(bytes.subarray(at, at + size)));
  return join([...parts, stream.end()]);
}

const same: Repair = (data) => data;
const louder: Repair = (data) => data.replace("a", "A");
const SIZES = [1, 2, 3, 5, 7, 11, 64, 10_000];

const STREAMS: readonly (readonly [string, string, string])[] = [
  ["LF", "event: x\ndata: a\n\ndata: b\n\ndata: ca\n\n", "event: x\ndata: A\n\ndata: b\n\ndata: cA\n\n"],
  ["CRLF", "event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", "event: x\r\ndata: A\r\n\r\ndata: b\r\n\r\n"],
  ["CR", "data: a\r\rdata: b\r\r", "data: A\r\rdata: b\r\r"],
  ["mixed ends", "data: b\n\r\ndata: b\r\n\ndata: a\n\n", "data: b\n\r\ndata: b\r\n\ndata: A\n\n"],
  ["several lines", "data: x\ndata: a\ndata:\ndata\n\n", "data: x\ndata: A\ndata: \ndata: \n\n"],
  ["no space", "data:a\n\n", "data: A\n\n"],
  ["comments", ": a\n\n: a\ndata: a\nid: 7\n\n", ": a\n\n: a\ndata: A\nid: 7\n\n"],
  ["a BOM", "\ufeffdata: a\n\ndata: b\n\n", "\ufeffdata: A\n\ndata: b\n\n"],
  ["UTF-8", "data: ä€😀a\n\ndata: ä€😀\n\n", "data: ä€😀A\n\ndata: ä€😀\n\n"],
  ["no end", "data: b\n\ndata: a", "data: b\n\ndata: A"],
  ["no data", "event: a\n\nretry: 5\n\n", "event: a\n\nretry: 5\n\n"],
  ["empty events", "\n\n\ndata: a\n\n\n\n", "\n\n\ndata: A\n\n\n\n"],
];

test.each(STREAMS)(
  "%s: what the repair changes is changed, in chunks of any size",
  (_what, before, after) => {
    for (const size of SIZES) expect(decode(repaired(encode(before), size, louder)), `${size}`).toBe(after);
  },
);

test.each(STREAMS)("%s: what it leaves keeps its bytes", (_what, before) => {
  for (const size of SIZES) expect(decode(repaired(encode(before), size, same)), `${size}`).toBe(before);
});

test("events that stay keep bytes that are not UTF-8", () => {
  const before = join([encode("data: b"), Uint8Array.of(0xff, 0xc3), encode("\n\ndata: a\n\n")]);
  const after = join([encode("data: b"), Uint8Array.of(0xff, 0xc3), encode("\n\ndata: A\n\n")]);
  for (const size of SIZES) expect(repaired(before, size, louder)).toEqual(after);
});

test("an event can be held, and come later with another one before it", () => {
  const held: string[] = [];
  const swap: Repair = (data) => {
    if (data === "hold") {
      held.push(data);
      return [];
    }
    return data === "free" ? [{ event: "first", data: "held\nline" }, { data }] : data;
  };
  const before = "data: 1\n\nevent: x\ndata: hold\n\ndata: 2\n\ndata: free\n\n";
  const after = "data: 1\n\ndata: 2\n\nevent: first\ndata: held\ndata: line\n\ndata: free\n\n";
  for (const size of SIZES) expect(decode(repaired(encode(before), size, swap))).toBe(after);
});

test("an event is passed on as soon as it is complete", () => {
  const stream = createEventStreamRepair(louder);
  expect(decode(stream.write(encode("data: a\n")))).toBe("");
  expect(decode(stream.write(encode("\ndata: a")))).toBe("data: A\n\n");
  expect(decode(stream.write(encode("\n\n: alive\n\n")))).toBe("data: A\n\n: alive\n\n");
  expect(decode(stream.write(encode("data: a\r\n\r\n")))).toBe("data: A\r\n\r\n");
});

test("an event that is too long passes as it came, and the next one is repaired", () => {
  const long = `data: a${"x".repeat(5_000)}\n\n`;
  const before = encode(`data: a\n\n${long}data: a\n\n`);
  for (const size of [1, 2, 3, 7, 100]) {
    expect(decode(repaired(before, size, louder, 1_000))).toBe(`data: A\n\n${long}data: A\n\n`);
  }
  const stream = createEventStreamRepair(louder, { maxEvent: 1_000 });
  let passed = 0;
  for (let count = 0; count < 100; count += 1) passed += stream.write(encode("x".repeat(900))).length;
  expect(passed).toBeGreaterThan(88_000);
});

test("a long event that arrives in small pieces is read once", () => {
  const stream = createEventStreamRepair(louder);
  const piece = encode("x".repeat(1_000));
  // Not the time of day, which depends on what else this machine does.
  const start = process.cpuUsage();
  stream.write(encode("data: a"));
  for (let count = 0; count < 7_000; count += 1) stream.write(piece);
  expect(stream.write(encode("\n\n")).length).toBe(7_000_009);
  const { user, system } = process.cpuUsage(start);
  expect(user + system).toBeLessThan(2_000_000);
});

test("a body that the repair leaves keeps its bytes", () => {
  const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
  expect(repairBody(bytes, (text) => text)).toBe(bytes);
  expect(decode(repairBody(encode("a"), (text) => text + text))).toBe("aa");
});

test("a stream that needs no more repair passes unread from the next event on", () => {
  let seen = 0;
  const repair = (data: string): ReturnType<typeof louder> => {
    seen += 1;
    return louder(data);
  };
  const stream = createEventStreamRepair(repair, { isDone: () => seen > 0 });
  const write = (text: string): string =>
    new TextDecoder().decode(stream.write(new TextEncoder().encode(text)));
  expect(write("data: a\n\nda")).toBe("data: A\n\n");
  expect(write("ta: a\n\n")).toBe("data: A\n\n");
  const chunk = new TextEncoder().encode("data: a\n\nda");
  expect(stream.write(chunk)).toBe(chunk);
  expect(write("ta: a\n\n")).toBe("ta: a\n\n");
  expect(seen).toBe(2);
});

test("with a text that marks an event, only chunks that have it are repaired, and the others keep their bytes", () => {
  const stream = createEventStreamRepair(() => "changed", { only: '"error"' });
  const chunk = encode('data: {"delta":"b"}\n\ndata: c\n\n');
  expect(stream.write(chunk)).toBe(chunk);
  // The mark may come in two chunks.
  expect(decode(stream.write(encode('data: d\n\ndata: {"err')))).toBe("data: d\n\n");
  expect(decode(stream.write(encode('or":1}\n\n')))).toBe("data: changed\n\n");
});

test("many long events in one chunk keep their order, in letters of any size", () => {
  const letters = ["a", "ä", "🌍"];
  const events = Array.from({ length: 12 }, (_, index) =>
    `${index}${letters[index % 3]}`.repeat(5_000 + 9_000 * (index % 4)),
  );
  const bytes = encode(events.map((data) => `data: ${data}\n\n`).join(""));
  const stream = createEventStreamRepair((data) => [{ event: "x", data }, { comment: "y" }]);
  expect(decode(stream.write(bytes))).toBe(
    events.map((data) => `event: x\ndata: ${data}\n\n: y\n\n`).join(""),
  );
});

test("a long event of several lines keeps them, also if it needs more bytes than it has letters", () => {
  const line = `${"🌍 größer → ".repeat(30_000)}a`;
  const stream = createEventStreamRepair(() => [
    { event: "x", data: `${line}\n${line}`, comment: "y" },
    { data: "short" },
  ]);
  expect(decode(stream.write(encode("data: a\n\n")))).toBe(
    `: y\nevent: x\ndata: ${line}\ndata: ${line}\n\ndata: short\n\n`,
  );
});
