import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { isJsonObject, type JsonValue } from "@tokenflow/core/provider";
import { OutlineReader, type RequestOutline } from "../../../../apps/proxy/src/body/request-outline.ts";
import { createUnpacker, MAX_RATIO } from "../../../../apps/proxy/src/body/unpack.ts";
import {
  removeMembers,
  renameMember,
  replaceMember,
} from "../../../../packages/core/src/repair/edit-members.ts";
import type { Target } from "../engine/target.ts";
import { piecesOf } from "./event-streams.ts";

const BODIES: readonly string[] = [
  '{"model":"gpt-4.1","stream":true,"messages":[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"<note>x"},{"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","content":null}]}',
  '\ufeff{"model":"a","\\u006dodel":"b","input":[{"type":"function_call_output","output":[{"type":"input_image"}]},{"type":"message","role":"user","content":"x"}]}',
  ' {"a":[1,-0.5e+10,true,false,null,"\\ud83d\\ude00\\n",{}],"metadata":{"model":"c"},"model":1}\n',
  "[[[[[[[[[]]]]]]]]]",
];
const WORDS: readonly string[] = [
  ...[
    '"model":"m"',
    '"messages":[',
    '"input":[',
    '"role":"tool"',
    '"type":"image"',
    '"content":',
    '"output":',
    '"text":"<a>"',
  ],
  ...["[[[[[[[[", "]]]]]]]]", '{"a":', "},", "\\u0022", "1E-2", "01", "tru", "\ufeff", "\\", '\\"'],
];

/** Returns what `JSON.parse` says of bytes after a byte order mark, without building what is nested too deeply. */
function parsed(bytes: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(
      Buffer.from(bytes)
        .toString()
        .replace(/^\ufeff/, ""),
    ) as JsonValue;
  } catch {
    return undefined;
  }
}

const outline: Target = {
  name: "json-outline",
  seeds: BODIES,
  words: WORDS,
  run(bytes) {
    const read = (pieces: Iterable<Uint8Array>): RequestOutline | "too deep" | undefined => {
      const reader = new OutlineReader();
      for (const piece of pieces) reader.write(Buffer.from(piece));
      return reader.isTooDeep ? "too deep" : reader.end();
    };
    const whole = read([bytes]);
    deepStrictEqual(read(piecesOf(bytes)), whole);
    if (whole === "too deep") return;
    const json = parsed(bytes);
    strictEqual(whole !== undefined, isJsonObject(json), "JSON.parse says another thing");
    if (!whole || !isJsonObject(json)) return;
    const { model } = json;
    if (typeof model !== "string" || model.length < 10_000)
      strictEqual(whole.model?.name, typeof model === "string" ? model : undefined);
    if (whole.model) {
      const text = Buffer.from(bytes).subarray(whole.model.start, whole.model.end).toString();
      strictEqual(JSON.parse(text), whole.model.name);
    }
  },
};

const PATHS = [["model"], ["messages", "*", "content"], ["tools", "*", "function", "strict"]];

const members: Target = {
  name: "json-members",
  seeds: BODIES,
  words: WORDS,
  run(bytes) {
    const results = [
      removeMembers(bytes, PATHS),
      replaceMember(bytes, "model", "new"),
      renameMember(bytes, "model", "other"),
    ];
    const json = parsed(bytes);
    if (!isJsonObject(json)) return;
    const [removed, replaced, renamed] = results.map((result) => parsed(result ?? bytes));
    ok(isJsonObject(removed) && isJsonObject(replaced) && isJsonObject(renamed), "it is JSON no more");
    const has = (one: object, name: string): boolean => Object.hasOwn(one, name);
    strictEqual(has(removed, "model"), false);
    strictEqual(has(renamed, "model"), false);
    if (has(json, "model")) strictEqual(replaced["model"], "new");
    // Nothing else has changed.
    const { model: _before, messages: _messages, tools: _tools, ...others } = json;
    const { model: _after, messages: _kept, tools: _left, ...rest } = removed;
    deepStrictEqual(rest, others);
  },
};

const ENCODINGS = ["gzip", "deflate", "br", "zstd", "gzip, br", "gzip, gzip, gzip"] as const;
const LIMIT = 2 * 1024 * 1024;
const unpacker = createUnpacker();
const ZEROS = Buffer.alloc(3 * 1024 * 1024);

const unpack: Target = {
  name: "packed-bodies",
  seeds: [
    Buffer.concat([Buffer.of(0), gzipSync("a".repeat(50))]),
    Buffer.concat([Buffer.of(1), deflateSync("{}")]),
    Buffer.concat([Buffer.of(2), brotliCompressSync(ZEROS)]),
    Buffer.concat([Buffer.of(3), zstdCompressSync("{}")]),
    Buffer.concat([Buffer.of(4), brotliCompressSync(gzipSync("{}"))]),
    Buffer.concat([Buffer.of(0), gzipSync(ZEROS)]),
  ],
  words: ["\x1f\x8b\x08\x00"],
  async run(bytes) {
    const packed = Buffer.from(bytes.subarray(1));
    const encoding = ENCODINGS[(bytes[0] ?? 0) % ENCODINGS.length] ?? "gzip";
    let size = 0;
    const result = await unpacker.unpack([packed], {
      encoding,
      limit: LIMIT,
      signal: new AbortController().signal,
      onPiece: (piece) => {
        size += piece.length;
      },
    });
    ok(["whole", "unreadable", "too_large"].includes(result));
    const allowed = Math.min(LIMIT, Math.max(packed.length * MAX_RATIO, 1024 * 1024));
    ok(size <= allowed, `${packed.length} bytes unpacked to ${size}`);
  },
};

export const BODY_READERS: readonly Target[] = [outline, members, unpack];
