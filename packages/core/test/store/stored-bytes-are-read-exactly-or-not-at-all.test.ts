import { decodeStored, MAX_STORED_BYTES, requireStoredSize } from "@tokenflow/core/store";
import { expect, test } from "vitest";

const HINT = "Sign in again, or sign out. The old record is kept.";
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each(["", "{}", "ключ 🔑", "\ufeff{}", "\0\n"])("%j is read as it was stored", (text) => {
  expect(decodeStored(bytesOf(text), "The file")).toBe(text);
});

test.each([
  ["a byte that begins no character", [0xff]],
  ["half a character", [...bytesOf("🔑").slice(0, 2)]],
  ["half a surrogate pair", [0xed, 0xa0, 0x80]],
])("%s is store.corrupt, and not replaced by another character", (_, bytes) => {
  expect(() => decodeStored(Uint8Array.from(bytes), "The file /s.json")).toThrow(
    expect.objectContaining({
      code: "store.corrupt",
      message: "The file /s.json is not valid UTF-8 text",
      hint: HINT,
    }),
  );
});

test("16 MiB are read, and a byte more is store.corrupt", () => {
  expect(requireStoredSize(MAX_STORED_BYTES, "The file")).toBeUndefined();
  const tooLong = expect.objectContaining({
    code: "store.corrupt",
    message: "The file has 16777217 bytes, more than the 16777216 that a session may have",
    hint: HINT,
  });
  expect(() => requireStoredSize(MAX_STORED_BYTES + 1, "The file")).toThrow(tooLong);
  expect(() => decodeStored(new Uint8Array(MAX_STORED_BYTES + 1), "The file")).toThrow(tooLong);
});
