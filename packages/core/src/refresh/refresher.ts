import { TokenFlowError } from "../base/errors.ts";
import type { Lock } from "../contracts/store.ts";
import { MAX_STEPS, noTokenError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import type { Snapshot } from "../store/record-store.ts";
import { type Committer, createCommitter } from "./commit.ts";
import { type GrantedRecord, planRefresh, type RefreshFacts } from "./plan-refresh.ts";
import { createRedeemer } from "./redeem-and-store.ts";
import { backoffRemaining, type RefreshNeed, refreshCause } from "./refresh-policy.ts";
import type { Requester } from "./requester.ts";
import type { SessionView } from "./session-view.ts";

/** How long a caller without a live token waits for the lock: longer than a redemption and its write can take. */
const LOCK_TIMEOUT = 45_000;
/** How often those who wait for the lock check the record. */
const CHECK_INTERVAL = 50;
/** How long they trust an unchanged `version()` of the store: clocks of file systems are coarse. */
const MAX_UNREAD = 250;
/** After another process had the lock, a background refresh is tried again this much later. */
const RETRY_BACKGROUND_AFTER = 1_000;
const MAX_JITTER = 1_000;

/** A refresh under way. Everyone who needs one meanwhile joins it. */
export interface InFlightRefresh {
  readonly done: Promise<void>;
  /** True if it tries the lock once and gives way; nobody waits for it. */
  readonly isBackground: boolean;
}

/** Refreshes one session, one refresh at a time. It owns the lock, the refresh under way and the unsaved write. */
export interface Refresher extends Pick<Committer, "storeConsent" | "unsavedError"> {
  /** Returns the refresh under way, or starts one. `isLeader` is true for who started it. */
  join(by: Requester, need: RefreshNeed): InFlightRefresh & { readonly isLeader: boolean };
  /**
   * Starts a background refresh after a short random delay, unless one is scheduled. Never rejects; does not keep
   * the process alive.
   */
  refreshInBackground(by: Requester): void;
  readonly isRefreshing: () => boolean;
  /** Returns how long a failure or a `Retry-After` is still in force, in milliseconds. */
  backoffRemaining(hasToken: boolean): number;
  /**
   * Waits for the refresh under way, then writes what is unsaved.
   * @throws `store.*` if it still cannot be written
   */
  flush(): Promise<void>;
}

export function createRefresher(view: SessionView): Refresher {
  const { store, clock } = view;
  const committer = createCommitter(view);
  const redeemer = createRedeemer(view, committer);
  let inFlight: InFlightRefresh | undefined;
  /** No background refresh starts before this monotonic moment. */
  let nextBackgroundRefreshAt = Number.NEGATIVE_INFINITY;

  const factsFor = ({ provider }: Requester, need: RefreshNeed, lock: Lock): RefreshFacts => {
    const record = view.record();
    return {
      provider: provider.name,
      record,
      token: view.tokenFacts(),
      need,
      replay: record?.intent && record.grant ? provider.grantReplay(record.grant) : "always",
      lastFailure: view.activeFailure().lastFailure,
      sinceRedeemed: redeemer.sinceRedeemed(),
      owner: store.owner,
      lockTtl: lock.ttl,
      now: clock.now(),
    };
  };

  /**
   * The refresh transaction: lock, re-read, adopt, write the intent, redeem, write the session, unlock. Resolves
   * when the token in memory is what the store and the rules allow; the caller checks it again.
   * @throws why there is no token; a live one may still be served then
   */
  const refresh = async (by: Requester, need: RefreshNeed, isBackground: boolean): Promise<void> => {
    const unsaved = committer.unsavedError();
    if (unsaved) {
      if (view.aliveToken()) return;
      throw unsaved;
    }
    const lock = await (isBackground ? store.lock({ timeout: 0 }) : lockOrAdopt(by, need));
    if (!lock) return;
    let keepsLock = false;
    try {
      for (let step = 0; step < MAX_STEPS; ) {
        const snapshot = await view.read(by.emit);
        const plan = planRefresh(factsFor(by, need, lock));
        if (plan.do === "wait") {
          await clock.sleep(plan.milliseconds);
          continue;
        }
        if (plan.interrupted) by.emitInterruptedOnce(plan.interrupted);
        if (plan.do === "serve") return;
        if (plan.do === "fail") throw plan.error;
        const intended = await writeIntent(plan.record, snapshot);
        if (!intended) continue;
        if (!lock.held()) throw await withdrawIntent(plan.record, intended);
        const result = await redeemer.redeemAndStore(by, plan, intended, lock);
        if (result === "again") continue;
        keepsLock = result.keepsLock;
        if (result.hasToken) return;
        if (result.failure) throw result.failure;
        // A renewed grant that could not be stored yet is not redeemed further: first it has to be safe.
        if (result.keepsLock) throw committer.unsavedError() ?? notStoredYetError();
        step += 1;
      }
      throw noTokenError(by.provider);
    } finally {
      if (!keepsLock) await lock.release();
    }
  };

  /**
   * Waits for the lock, unless its holder stores a token meanwhile that will do. Adopting needs no lock, so a crowd
   * of waiters is served at once instead of one by one.
   */
  const lockOrAdopt = async (by: Requester, need: RefreshNeed): Promise<Lock | undefined> => {
    const start = clock.monotonicNow();
    const adopted = new AbortController();
    const locking = store.lock({ timeout: LOCK_TIMEOUT, signal: adopted.signal });
    const lock = await Promise.race([locking, waitForAdoption(by, need, adopted.signal)]).finally(() =>
      adopted.abort(),
    );
    // The lock may be granted just after we stopped waiting: release it.
    if (!lock) locking.then((late) => late.release()).catch(() => undefined);
    const duration = clock.monotonicNow() - start;
    if (duration >= CHECK_INTERVAL) by.emit({ type: "lock.waited", duration });
    return lock;
  };

  /** Resolves once the record has a token that will do. Leaves errors to the waiting for the lock. */
  const waitForAdoption = async (
    by: Requester,
    need: RefreshNeed,
    signal: AbortSignal,
  ): Promise<undefined> => {
    let seen: number | undefined;
    do {
      await clock.sleep(CHECK_INTERVAL, { signal });
      const version = await store.version();
      if (version !== undefined && version === seen && view.sinceRead() < MAX_UNREAD) continue;
      seen = version;
      await view.readIfOlderThan(CHECK_INTERVAL, by.emit).catch(() => undefined);
    } while (refreshCause(view.tokenFacts(), need) !== undefined);
  };

  /** Writes the intent to send a grant, before it is sent. That also proves that the store can be written. */
  const writeIntent = async (record: GrantedRecord, snapshot: Snapshot): Promise<Snapshot | undefined> => {
    const grant = fingerprint(record.grant);
    const now = clock.now();
    const before = record.intent?.grant === grant ? record.intent : undefined;
    const intent = {
      grant,
      at: now,
      first: before?.first ?? now,
      owner: store.owner,
      attempt: (before?.attempt ?? 0) + 1,
    };
    return store.replace(snapshot, { ...record, intent });
  };

  /** Takes the intent back: nothing was sent. Compare-and-set tells if it is still ours. */
  const withdrawIntent = async (record: GrantedRecord, intended: Snapshot): Promise<TokenFlowError> => {
    await store.replace(intended, record).catch(() => undefined);
    return new TokenFlowError("store.locked", "The lock on the session was lost before the grant was sent", {
      hint: "Try again; nothing was sent.",
    });
  };

  const start = (by: Requester, need: RefreshNeed, isBackground: boolean): InFlightRefresh => {
    const done = refresh(by, need, isBackground).finally(() => {
      inFlight = undefined;
    });
    done.catch(() => undefined);
    inFlight = { done, isBackground };
    return inFlight;
  };

  const remaining = (hasToken: boolean): number =>
    view.record() ? backoffRemaining(view.activeFailure(), hasToken, clock.now()) : 0;

  return {
    join(by, need) {
      const isLeader = inFlight === undefined;
      return { ...(inFlight ?? start(by, need, false)), isLeader };
    },
    refreshInBackground(by) {
      if (inFlight || clock.monotonicNow() < nextBackgroundRefreshAt) return;
      const jitter = Math.round(by.random() * MAX_JITTER);
      nextBackgroundRefreshAt = clock.monotonicNow() + jitter + RETRY_BACKGROUND_AFTER;
      void clock
        .sleep(jitter, { background: true })
        .then(() => (inFlight ?? start(by, {}, true)).done)
        .catch(() => undefined)
        .then(() => {
          nextBackgroundRefreshAt = clock.monotonicNow() + Math.max(RETRY_BACKGROUND_AFTER, remaining(true));
        });
    },
    isRefreshing: () => inFlight !== undefined,
    backoffRemaining: remaining,
    storeConsent: committer.storeConsent,
    unsavedError: committer.unsavedError,
    async flush() {
      await inFlight?.done.catch(() => undefined);
      await committer.flush();
    },
  };
}

function notStoredYetError(): TokenFlowError {
  return new TokenFlowError("store.unavailable", "The session could not be stored yet");
}
