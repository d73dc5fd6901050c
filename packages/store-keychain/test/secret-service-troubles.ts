import { execFile } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { promisify } from "node:util";
import { isTokenFlowError } from "@tokenflow/core";
import type { ContractCase } from "@tokenflow/core/testing";
import { createKeychainStore, keychainKey } from "@tokenflow/store-keychain";
import { keysOf } from "./keys-of.ts";

const KEY = "copilot/default";
const run = promisify(execFile);

/** The cases of a daemon that is locked, stopped, and continued, in this order. */
export function secretServiceTroubles(lockFolder: string): readonly ContractCase[] {
  const store = createKeychainStore({ lockFolder });
  const daemon = Number(process.env["KEYRING_DAEMON"]);

  return [
    {
      name: "a session and a key come back",
      run: async () => {
        await store.set(KEY, "session");
        equal(await store.get(KEY), "session");
        const key = await keychainKey({ lockFolder })();
        equal(key.length, 32);
        equal(await keychainKey({ lockFolder })(), key);
      },
    },
    {
      name: "a locked collection is store.locked for reading, for an absent session, for listing and for writing",
      run: async () => {
        await lockCollection();
        const acts = [
          () => store.get(KEY),
          () => store.get("none/default"),
          () => store.has("none/default"),
          () => createKeychainStore({ lockFolder, service: "never used" }).get(KEY),
          () => keysOf(store),
          () => store.set(KEY, "next"),
          () => store.delete(KEY),
          () => store.replace(KEY, undefined, "next"),
          keychainKey({ lockFolder }),
          keychainKey({ lockFolder, service: "never used" }),
        ];
        for (const act of acts) equal(await codeOf(act()), "store.locked");
      },
    },
    {
      name: "a stopped daemon is store.unavailable, and does not block the process",
      run: async () => {
        process.kill(daemon, "SIGSTOP");
        const delay = monitorEventLoopDelay({ resolution: 10 });
        delay.enable();
        equal(await codeOf(store.get(KEY)), "store.unavailable");
        equal(await codeOf(createKeychainStore({ lockFolder, timeout: 200 }).get(KEY)), "store.unavailable");
        equal(
          await codeOf(createKeychainStore({ lockFolder, timeout: 200 }).set(KEY, "x")),
          "store.unavailable",
        );
        delay.disable();
        // A call in the main thread would stall it for the 2 s of libdbus.
        if (delay.max > 1.5e9) throw new Error(`the event loop stood still for ${delay.max / 1e6} ms`);
      },
    },
    {
      name: "after the daemon continues, the same store works again",
      run: async () => {
        process.kill(daemon, "SIGCONT");
        let code: string;
        do code = await codeOf(store.get(KEY));
        while (code === "store.unavailable");
        equal(code, "store.locked");
      },
    },
  ];
}

async function lockCollection(): Promise<void> {
  const service = "org.freedesktop.secrets";
  const method = "org.freedesktop.Secret.Service.Lock";
  const collection = "array:objpath:/org/freedesktop/secrets/aliases/default";
  const call = [`--dest=${service}`, "/org/freedesktop/secrets", method, collection];
  await run("dbus-send", ["--session", "--print-reply", ...call]);
}

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    return `no error but ${JSON.stringify(await act)}`;
  } catch (error) {
    return isTokenFlowError(error) && error.hint !== undefined ? error.code : String(error);
  }
}

function equal(found: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`${left} instead of ${right}`);
}
