import { describeLockHolder, formatLockOwner, readLockHolder } from "@tokenflow/core/store";
import { expect, test } from "vitest";

const owner = formatLockOwner("host.example", 70, 1_700_000_000_000.4);
const since = "2026-01-02T03:04:05.000Z";

test("the note beside a lock names the process that holds it", () => {
  expect(owner).toBe("host.example/70/1700000000000");
  const holder = readLockHolder(JSON.stringify({ owner, since, token: "more" }));
  expect(holder).toEqual({ owner, host: "host.example", pid: 70, since });
  if (!holder) return;
  expect(describeLockHolder(holder, "other/7/1")).toBe(
    `It is held by process 70 on host.example since ${since}`,
  );
  expect(describeLockHolder(holder, owner)).toBe(`It is held by this process (70) since ${since}`);
});

test.each([
  undefined,
  null,
  "",
  "[]",
  `{"owner":"${owner}"}`,
  `{"owner":"${owner}","since":"soon"}`,
  `{"owner":"a host with spaces/7/1","since":"${since}"}`,
  `{"owner":"host/seven/1","since":"${since}"}`,
  `{"owner":"host/7/1/more","since":"${since}"}`,
  `{"owner":["host/7/1"],"since":"${since}"}`,
  `{"since":"${since}"}`,
  `{"owner":"${owner}","since":2026}`,
  [`{"owner":"${owner}","since":"${since}"}`],
])("%j is no such note", (note) => {
  expect(readLockHolder(note)).toBeUndefined();
});
