import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { Clock } from "@tokenflow/core";
import { withTimeout } from "@tokenflow/core/store";
import { hungKeychain, keyringError, noKeyringModule } from "./keyring-errors.ts";
import type { KeyringReply, KeyringRequest } from "./keyring-worker.ts";

declare const __TOKENFLOW_WORKER__: string | undefined;

/** The secrets of one service in a keychain, by account. */
export interface Keyring {
  get(account: string): Promise<Uint8Array | undefined>;
  set(account: string, secret: Uint8Array): Promise<void>;
  /** Returns `true` if there was a secret to delete. */
  delete(account: string): Promise<boolean>;
  /** Resolves when a call that timed out, and still runs, has ended. Returns `undefined` without such a call. */
  overdue?(): Promise<void> | undefined;
}

export interface SystemKeyringOptions {
  readonly service: string;
  /** The longest time that a call may take, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** One thread for the process, started by the first call. It does not keep the process alive. */
let thread: Worker | undefined;
/** Settles with the last requested call. */
let queue: Promise<unknown> = Promise.resolve();
let overdue: Promise<void> | undefined;

/**
 * Opens the system's keychain: Secret Service, Keychain or Credential Manager. A thread makes all calls, one after the
 * other, and each caller waits no longer than `timeout`, so that a daemon that hangs does not block the process.
 */
export function createSystemKeyring({ service, timeout, clock }: SystemKeyringOptions): Keyring {
  const ask = async (request: Omit<KeyringRequest, "service">): Promise<unknown> => {
    let state: "waiting" | "running" | "timed out" = "waiting";
    const call = queue.then(() => {
      // A write whose caller has given up must not begin.
      if (state === "timed out") return undefined;
      state = "running";
      return send({ ...request, service });
    });
    const ended = call.then(
      () => undefined,
      () => undefined,
    );
    queue = ended;
    return withTimeout(call, {
      clock,
      timeout,
      onTimeout: () => {
        if (state === "running") overdue = ended.then(() => void (overdue = undefined));
        state = "timed out";
        throw hungKeychain(timeout);
      },
    });
  };

  return {
    get: async (account) => {
      const secret = await ask({ act: "get", account });
      return secret instanceof Uint8Array ? secret : undefined;
    },
    set: async (account, secret) => void (await ask({ act: "set", account, secret })),
    delete: async (account) => (await ask({ act: "delete", account })) === true,
    overdue: () => overdue,
  };
}

/** Sends one request to the thread. Only one runs at a time, so the next message is its reply. */
function send(request: KeyringRequest): Promise<unknown> {
  const worker = (thread ??= startThread());
  return new Promise((resolve, reject) => {
    const removeListeners = (): void => {
      worker.off("message", onReply).off("error", fail).off("exit", fail);
    };
    const onReply = (message: KeyringReply): void => {
      removeListeners();
      if (message.exhausted) {
        thread = undefined;
        void worker.terminate();
      }
      if (message.failure === undefined) resolve(message.value);
      else reject(keyringError(message.failure));
    };
    const fail = (): void => {
      removeListeners();
      reject(noKeyringModule());
    };
    worker.on("message", onReply).on("error", fail).on("exit", fail);
    worker.unref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
    worker.postMessage(request);
  });
}

function startThread(): Worker {
  const options = { workerData: locateModule(), execArgv: [] };
  const worker =
    typeof __TOKENFLOW_WORKER__ === "string"
      ? new Worker(__TOKENFLOW_WORKER__, { ...options, eval: true })
      : new Worker(new URL("./keyring-worker.ts", import.meta.url), options);
  const forget = (): void => {
    if (thread === worker) thread = undefined;
  };
  return worker.on("error", forget).on("exit", forget);
}

function locateModule(): string {
  try {
    return createRequire(import.meta.url).resolve("@napi-rs/keyring");
  } catch {
    throw noKeyringModule();
  }
}
