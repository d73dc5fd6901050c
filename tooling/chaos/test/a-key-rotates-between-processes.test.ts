import { hasServices, noRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { rotateKey, type StoreKind } from "../src/scenarios/rotated-key.ts";
import { startTestServer } from "../src/servers/servers.ts";

const stores: readonly (readonly [store: StoreKind, isThere: boolean])[] = [
  ["file", true],
  ["redis", !noRedis],
  ["keychain", hasServices("dbus-run-session", "gnome-keyring-daemon")],
];

test.for(stores)(
  "processes with one or both keys lose nothing over %s",
  async ([store, isThere], { skip }) => {
    if (!isThere) skip();
    await using server = await startTestServer("strict", { lifetime: 1_250 });
    const { problems, served, rotations, keyless } = await rotateKey({
      server,
      store,
      processes: 2,
      stepFor: 1_500,
    });
    expect(problems).toEqual([]);
    expect(served).toBeGreaterThan(0);
    expect(rotations).toBeGreaterThan(0);
    expect(keyless).toBeGreaterThan(0);
  },
);
