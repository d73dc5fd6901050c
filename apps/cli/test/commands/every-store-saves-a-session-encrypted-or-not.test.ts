import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasServices, startKeychain, startRedis, startTlsRedis, type TlsRedis } from "@tokenflow/services";
import { expect, onTestFinished, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const KEY = { TOKENFLOW_ENCRYPTION_KEY: randomBytes(32).toString("base64") };

interface Opened {
  readonly address: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const throwAway = <Service extends AsyncDisposable>(service: Service): Service => {
  onTestFinished(() => service[Symbol.asyncDispose]());
  return service;
};

const stores: Readonly<Record<string, (sandbox: Sandbox) => Promise<Opened>>> = {
  file: async () => ({ address: "file" }),
  keychain: async ({ home }) => {
    const { env } = throwAway(await startKeychain(home));
    return { address: "keychain", env };
  },
  "redis://": async () => ({ address: throwAway(await startRedis()).url }),
  "rediss://": async () => {
    const { url, ca }: TlsRedis = throwAway(await startTlsRedis());
    return { address: url, env: { NODE_EXTRA_CA_CERTS: ca } };
  },
};

const NEEDS = ["redis-server", "openssl", "dbus-run-session", "gnome-keyring-daemon"] as const;

const rows = Object.keys(stores).flatMap((store) => [
  { store, encryption: "not encrypted", encrypt: [] },
  { store, encryption: "encrypted", encrypt: ["--encrypt", "env"] },
]);

test.runIf(hasServices(...NEEDS)).each(rows)("$store, $encryption", async ({ store, encrypt }) => {
  const sandbox = throwAway(await openSandbox());
  const { address, env: way = {} } = (await stores[store]?.(sandbox)) ?? { address: store };
  const env = { ...way, ...(encrypt.length > 0 ? KEY : {}) };
  const to = ["--store", address];

  const { exit, stderr } = await sandbox.signIn(["copilot", ...to, ...encrypt], undefined, env);
  expect([exit, stderr]).toEqual([
    0,
    expect.stringMatching(encrypt.length > 0 ? /, encrypted\)/ : / \(.*\)/),
  ]);
  expect((await sandbox.run(["token", "copilot", ...to], env)).stdout).toMatch(/^tid=\S+\n$/);

  // The stored text, even if only the store itself can read it.
  if (address !== "file") expect((await sandbox.run(["stores", "copy", address, "file"], env)).exit).toBe(0);
  const stored = await readFile(join(sandbox.folder, "copilot.json"), "utf8");
  expect(stored.startsWith('{"tokenflow_encrypted"')).toBe(encrypt.length > 0);
  expect(/tid=/.test(stored)).toBe(encrypt.length === 0);
});
