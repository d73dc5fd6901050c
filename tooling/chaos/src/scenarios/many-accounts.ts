import { createTokenManager, importSession, isTokenFlowError, type Provider } from "@tokenflow/core";
import type { LockingStore } from "@tokenflow/core/store";

export interface ManyAccountsOptions {
  readonly store: LockingStore;
  readonly accounts: number;
  /** How many accounts are in use at once. */
  readonly atOnce: number;
  /** Returns the bytes that the heap holds after a collection of garbage. */
  readonly heap: () => Promise<number>;
}

export interface ManyAccountsResult {
  readonly accounts: number;
  /** How often an account was tried again, since the machine stood still for longer than a lock or an answer may take. */
  readonly retries: number;
  /** The heap after a tenth of the accounts (half of a small number), and after all, in bytes. */
  readonly heapEarly: number;
  readonly heapLate: number;
  /** How much each account between the two left behind, in bytes. */
  readonly bytesPerAccount: number;
}

const MAX_RETRIES = 5;

/**
 * A service that answers at once, as if every account had consented long ago.
 * @internal
 */
export const promptProvider: Provider = {
  id: "prompt",
  name: "Prompt",
  requestDeviceCode: async () => ({
    deviceCode: "device",
    userCode: "USER",
    verificationUri: "https://auth.example.org",
    lifetime: 900_000,
    interval: 5_000,
  }),
  pollDeviceCode: async () => ({ status: "pending" }),
  redeem: async ({ account }) => ({
    token: {
      accessToken: `token of ${typeof account === "string" ? account : ""}`,
      tokenType: "Bearer",
      lifetime: 3_600_000,
    },
    grant: { account: account ?? "" },
  }),
  grantReplay: () => "never",
};

/** Makes, uses and closes a manager for each account, over one store object, as a server for many people does. */
export async function runManyAccounts({
  store,
  accounts,
  atOnce,
  heap,
}: ManyAccountsOptions): Promise<ManyAccountsResult> {
  // The first thousand also fill the caches of the platform.
  const early = Math.max(Math.ceil(accounts / 10), Math.min(accounts / 2, 1_000));
  let next = 0;
  let retries = 0;
  const use = async (account: string): Promise<void> => {
    await importSession({ provider: promptProvider, store, account, grant: { account }, overwrite: true });
    await using manager = createTokenManager({ provider: promptProvider, store, account });
    const { accessToken } = await manager.getToken();
    if (accessToken !== `token of ${account}`) throw new Error(`${account} got ${accessToken}`);
    await manager.status();
  };
  const tryToUse = async (account: string): Promise<void> => {
    for (let left = MAX_RETRIES; ; left -= 1) {
      try {
        return await use(account);
      } catch (error) {
        const isPassing =
          isTokenFlowError(error, "store.locked") || isTokenFlowError(error, "store.unavailable");
        if (!isPassing || left === 0) throw error;
        retries += 1;
      }
    }
  };
  const work = async (until: number): Promise<void> => {
    while (next < until) {
      const account = `user-${next}`;
      next += 1;
      await tryToUse(account);
    }
  };
  const workers = (until: number): Promise<unknown> =>
    Promise.all(Array.from({ length: atOnce }, () => work(until)));
  await workers(early);
  const heapEarly = await heap();
  await workers(accounts);
  const heapLate = await heap();
  const bytesPerAccount = Math.round((heapLate - heapEarly) / (accounts - early));
  return { accounts, retries, heapEarly, heapLate, bytesPerAccount };
}
