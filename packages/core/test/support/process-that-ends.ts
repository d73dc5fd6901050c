/**
 * A program for tests of its end: `process-that-ends.ts <scenario> <server>`. It prints its steps to stdout,
 * and in the last line the content of the store.
 */
import {
  type Clock,
  createMemoryStore,
  createTokenManager,
  isTokenFlowError,
  pollForToken,
  requestDeviceCode,
  type TokenManager,
} from "@tokenflow/core";
import { systemClock } from "@tokenflow/core/provider";
import { createLockingStore } from "@tokenflow/core/store";
import { createTestProvider } from "./test-provider.ts";

const [scenario = "", server = ""] = process.argv.slice(2);
const say = (what: string): void => void process.stdout.write(`${what}\n`);

let ahead = 0;
/** This machine's clock, which can be moved forward, as by sleep. */
const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };

/** A store whose pending answers do not keep the process alive, as those of a worker thread. */
let stored: string | undefined;
let trouble = (_next: string): Promise<void> | undefined => undefined;
const locks = createMemoryStore({ clock });
const store = createLockingStore(
  {
    owner: "host/1/1",
    lock: (key, options) => locks.lock(key, options),
    get: async () => stored,
    set: async (_key, value) => {
      stored = value;
    },
    delete: async () => true,
    replace: async (_key, previous, next) => {
      await trouble(next ?? "");
      if (stored !== previous) return false;
      stored = next;
      return true;
    },
    async *names() {},
  },
  { now: clock.now },
);
process.on("exit", () => say(`stored ${/token-\d|grant-\d/.exec(stored ?? "")?.[0]}`));

/** No jitter, so that a background refresh starts at once. */
Math.random = () => 0;

const provider = createTestProvider({ replay: "always" });
const toServer: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  return fetch(new Request(server + new URL(request.url).pathname, request));
};
const manager: TokenManager = createTokenManager({ provider, store, clock, fetch: toServer });
const onUserCode = (): void => say("asked");

const unawaited = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());

const scenarios: Readonly<Record<string, () => Promise<unknown>>> = {
  async "a started manager"() {
    await manager.signIn({ onUserCode });
    await manager.start();
    say("started");
  },
  async "a sign-in that nobody waits for"() {
    say((await manager.acquire()).status);
  },
  async "a sign-in"() {
    const { token } = await manager.signIn({ onUserCode });
    say(`got ${token?.accessToken}`);
  },
  async "a poll without a manager"() {
    const options = { clock, fetch: toServer };
    const { token } = await pollForToken(provider, await requestDeviceCode(provider, options), options);
    say(`got ${token?.accessToken}`);
  },
  async "a redemption behind a live token"() {
    await manager.signIn({ onUserCode });
    trouble = (next) => (next.includes("token-2") ? unawaited(300) : undefined);
    ahead += 3_300_000;
    say(`got ${(await manager.getToken()).accessToken}`);
  },
  async "a session that cannot be stored yet"() {
    const until = performance.now() + 300;
    trouble = async (next) => {
      if (next.includes("token-1") && performance.now() < until) throw new Error("disk full");
    };
    const { token } = await manager.signIn({ onUserCode });
    say(`got ${token?.accessToken}`);
  },
  async "failing refreshes"() {
    await manager.signIn({ onUserCode });
    ahead += 3_300_000;
    for (let call = 0; call < 50; call += 1) {
      await manager.getToken();
      ahead += 5_000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    ahead += 3_600_000;
    await manager
      .getToken()
      .catch((error: unknown) => say(isTokenFlowError(error) ? error.code : "another error"));
  },
};

await scenarios[scenario]?.();
