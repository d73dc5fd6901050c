import { exitCodeOf } from "@tokenflow/common";
import type { ErrorCode } from "@tokenflow/core";
import { expect, test } from "vitest";

const DOCUMENTED: Readonly<Record<number, readonly ErrorCode[]>> = {
  1: ["manager.closed"],
  2: ["provider.misconfigured"],
  3: ["session.signed_out", "session.revoked"],
  5: ["device.denied", "device.expired", "device.unknown"],
  6: ["provider.no_entitlement", "provider.client_not_allowed", "provider.forbidden", "token.rejected"],
  7: ["provider.unavailable", "provider.rate_limited", "provider.malformed"],
  8: [
    "store.unavailable",
    "store.locked",
    "store.corrupt",
    "store.key_missing",
    "store.newer",
    "store.insecure",
  ],
};

test.each(Object.entries(DOCUMENTED))("%s", (exit, codes) => {
  for (const code of codes) expect(exitCodeOf(code), code).toBe(Number(exit));
});
