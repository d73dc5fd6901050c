import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { Clock } from "@tokenflow/core";
import { hungKeychain, keyringError, noKeyringModule } from "./keyring-errors.ts";
import type { KeyringReply, KeyringRequest } from "./keyring-worker.ts";

declare const __TOKENFLOW_WORKER__: string | undefined;

/** The secrets of one service in a keychain, by account. */
export interface Keyring {
  get(account: string): Promise<Uint8Array | undefined>;
  set(account: string, secret: Uint8Array): Promise<void>;
  /** Answers whether there was something to delete. */
  delete(account: string): Promise<boolean>;
  /** Where a call was given up on and still runs: resolves when it has ended, whatever it did. */
  overdue?(): Promise<void> | undefined;
}

export interface SystemKeyringOptions {
  readonly service: string;
  /** How long a call may take, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** One thread for the process, started by the first call. It never keeps the process alive. */
let thread: Worker | undefined;
/** Ends with the last call that was asked for. */
let queue: Promise<unknown> = Promise.resolve();
let overdue: Promise<void> | undefined;

/**
 * The system's keychain: Secret Service, Keychain or Credential Manager. All calls are made in a thread, one
 * after the other, and none is waited for longer than `timeout`: a daemon that hangs stalls nobody.
 */
export function createSystemKeyring({ service, timeout, clock }: SystemKeyringOptions): Keyring {
  const ask = async (request: Omit<KeyringRequest, "service">): Promise<unknown> => {
    const answered = new AbortController();
    let state: "waiting" | "running" | "late" = "waiting";
    const call = queue.then(() => {
      // A write that nobody waits for any more must not be begun.
      if (state === "late") return undefined;
      state = "running";
      return send({ ...request, service });
    });
    const ended = call.then(
      () => undefined,
      () => undefined,
    );
    queue = ended;
    const late = clock.sleep(timeout, { signal: answered.signal }).then(() => {
      if (state === "running") {
        overdue = ended.then(() => void (overdue = undefined));
      }
      state = "late";
      throw hungKeychain(timeout);
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      answered.abort();
      late.catch(() => undefined);
      call.catch(() => undefined);
    }
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

/** Only one call runs at a time, so the next message is its answer. */
function send(request: KeyringRequest): Promise<unknown> {
  const worker = (thread ??= startThread());
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off("message", answer).off("error", fail).off("exit", fail);
    };
    const answer = (message: KeyringReply): void => {
      settle();
      if (message.exhausted) {
        thread = undefined;
        void worker.terminate();
      }
      if (message.failure === undefined) resolve(message.value);
      else reject(keyringError(message.failure));
    };
    const fail = (): void => {
      settle();
      reject(noKeyringModule());
    };
    worker.on("message", answer).on("error", fail).on("exit", fail);
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
