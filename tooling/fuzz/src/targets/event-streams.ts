import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createEventStreamRepair } from "@tokenflow/core/provider";
import { createEventTransform } from "@tokenflow/dialects";
import { readEvents } from "../../../../apps/cli/src/mcp/event-stream.ts";
import type { Target } from "../engine/target.ts";

const SEEDS = [
  "event: x\ndata: a\n\ndata: b\n\n",
  "data: a\r\n\r\ndata: b\r\rdata: c\n\n",
  ": comment\nid: 1\nretry: 5\ndata\ndata:\ndata:  two\n\n",
  "\ufeffdata: ä€😀\n\ndata: no end",
  Uint8Array.of(...Buffer.from("data: b"), 0xff, 0xc3, ...Buffer.from("\n\ndata: a\n\n")),
];
const WORDS = [
  "data: ",
  "data:",
  "data",
  "event: x",
  "id: 1",
  "retry: 5",
  ": c",
  "\r",
  "\n",
  "\r\n",
  "\n\n",
  "\r\n\r\n",
];

/** Cuts bytes into pieces, whose sizes follow from the bytes. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  let size = 1 + ((bytes[0] ?? 0) % 7) + (bytes.length >> 6);
  for (let at = 0; at < bytes.length; at += size) {
    size = 1 + ((size * 5 + (bytes[at] ?? 0)) % (8 + (bytes.length >> 5)));
    yield bytes.subarray(at, at + size);
  }
}

const repair: Target = {
  name: "event-repair",
  seeds: SEEDS,
  words: WORDS,
  run(bytes) {
    const repaired = (pieces: Iterable<Uint8Array>, change: (data: string) => string): Buffer => {
      const stream = createEventStreamRepair(change);
      const parts = [...pieces].map((piece) => stream.write(piece));
      return Buffer.concat([...parts, stream.end()]);
    };
    deepStrictEqual(
      repaired(piecesOf(bytes), (data) => data),
      Buffer.from(bytes),
    );
    // An event that is changed may get other ends of lines: those of its first line.
    const plain = (repairedBytes: Buffer): string => repairedBytes.toString("latin1").replace(/\r\n?/g, "\n");
    const longer = (data: string): string => `${data}+`;
    strictEqual(plain(repaired(piecesOf(bytes), longer)), plain(repaired([bytes], longer)));
  },
};

function streamOf(pieces: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

/** Returns the data of the events, as the transform of the dialects reads them. */
async function transformed(pieces: Iterable<Uint8Array>): Promise<readonly string[]> {
  const seen: string[] = [];
  const transform = createEventTransform({
    event(data) {
      seen.push(data);
      return [];
    },
    end: () => [],
  });
  for await (const _sent of streamOf(pieces).pipeThrough(transform)) {
    // Comments are passed on.
  }
  return seen;
}

const transform: Target = {
  name: "event-transform",
  seeds: SEEDS,
  words: WORDS,
  async run(bytes) {
    const whole = await transformed([bytes]);
    deepStrictEqual(await transformed(piecesOf(bytes)), whole);
    // Other readers wait after a CR, since an LF may follow. Nobody ends lines like that.
    if (/\r(?!\n)/.test(Buffer.from(bytes).toString("latin1"))) return;
    // A library of others reads the same, but for the last event, which it drops if no empty line ends it.
    const read: string[] = [];
    for await (const { data } of readEvents(streamOf(piecesOf(bytes)))) read.push(data);
    deepStrictEqual(whole.slice(0, read.length), read);
    strictEqual(whole.length - read.length <= 1, true, `${whole.length} events, not ${read.length}`);
  },
};

export const EVENT_STREAMS: readonly Target[] = [repair, transform];
