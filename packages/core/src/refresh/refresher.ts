import { TokenFlowError } from "../base/errors.ts";
import { startPhaseTimer } from "../base/phase-timer.ts";
import { closedError } from "../base/session-errors.ts";
import { MAX_STEPS, noTokenError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import type { Snapshot } from "../store/record-store.ts";
import { type Committer, createCommitter } from "./commit.ts";
import { createLockOrAdopt } from "./lock-or-adopt.ts";
import { type GrantedRecord, planRefresh, type RefreshFacts } from "./plan-refresh.ts";
import { createRedeemer } from "./redeem-and-store.ts";
import { backoffRemaining, type RefreshNeed, type TokenFacts } from "./refresh-policy.ts";
import type { Requester } from "./requester.ts";
import type { SessionView } from "./session-view.ts";

/** After another process had the lock, a background refresh is tried again this much later. */
const RETRY_BACKGROUND_AFTER = 1_000;
const MAX_JITTER = 1_000;

/** A refresh under way. Everyone who needs one meanwhile joins it. */
export interface InFlightRefresh {
  readonly done: Promise<void>;
  /** True if it tries the lock once and gives way. A caller without a token then starts a refresh of its own. */
  readonly isBackground: boolean;
}

/** Refreshes one session, one refresh at a time. It owns the lock, the refresh under way and the schedule. */
export interface Refresher extends Pick<Committer, "storeConsent" | "unsavedError"> {
  /** Counts a manager as open. */
  open(by: Requester): void;
  /**
   * Counts a manager as closed. The last one cancels scheduled refreshes and lock waits, so that nothing begins
   * afterwards. A refresh that has the lock continues: `flush()` waits for it.
   */
  close(by: Requester): void;
  readonly isOpen: () => boolean;
  /** Returns the refresh under way, or starts one. `isLeader` is true for who started it. */
  join(by: Requester, need: RefreshNeed): InFlightRefresh & { readonly isLeader: boolean };
  /**
   * Schedules a background refresh, unless one is scheduled or running. Its random delay is drawn once for each token
   * and counts from the moment it is due: a later call starts the refresh at once. Never throws; does not keep the
   * process alive.
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
  const lockOrAdopt = createLockOrAdopt(view);
  const committer = createCommitter(view);
  const redeemer = createRedeemer(view, committer);
  const managers = new Set<Requester>();
  let closing = new AbortController();
  let inFlight: InFlightRefresh | undefined;
  /** True if the store's lock can lapse while its holder lives, as far as this process has seen. */
  let lockLapses = false;
  let jitter: { readonly accessToken: string; readonly milliseconds: number } | undefined;
  /** No background refresh starts before this monotonic moment. */
  let nextBackgroundRefreshAt = Number.NEGATIVE_INFINITY;

  const factsFor = ({ provider }: Requester, need: RefreshNeed, lockName: string): RefreshFacts => {
    const record = view.record();
    return {
      provider: provider.name,
      record,
      token: view.tokenFacts(),
      need,
      replay: record?.intent && record.grant ? provider.grantReplay(record.grant) : "always",
      isRenewable: !record?.grant || provider.isRenewable?.(record.grant) !== false,
      lastFailure: view.activeFailure().lastFailure,
      sinceRedeemed: redeemer.sinceRedeemed(),
      lock: lockName,
      lockLapses,
      sinceIntentRead: view.sinceIntentRead(),
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
    const timer = startPhaseTimer(clock);
    const lock = await (isBackground
      ? store.lock({ timeout: 0 })
      : lockOrAdopt(by, need, { lockLapses, closing: closing.signal }));
    if (!lock) return;
    timer.end("lock");
    lockLapses = lock.ttl !== undefined;
    const lockName = crypto.randomUUID().slice(0, 13);
    // Only grants without a token count as steps; every other turn reads the record again.
    let keepsLock = false;
    try {
      for (let step = 0; step < MAX_STEPS; ) {
        const snapshot = await view.read(by.emit);
        const plan = planRefresh(factsFor(by, need, lockName));
        if (plan.do === "wait") {
          if (isBackground) return;
          await clock.sleep(plan.milliseconds, { signal: closing.signal });
          continue;
        }
        if (plan.interrupted) by.emitInterruptedOnce(plan.interrupted);
        if (plan.do === "serve") return;
        if (plan.do === "fail") throw plan.error;
        const intended = await writeIntent(plan.record, snapshot, lockName);
        if (!intended) continue;
        if (!lock.held()) {
          await withdrawIntent(plan.record, intended);
          throw lockLostError();
        }
        // This process may have stood still, and a service forgives for a while only.
        if (planRefresh(factsFor(by, need, lockName)).do !== "redeem") {
          await withdrawIntent(plan.record, intended);
          continue;
        }
        timer.end("intent");
        const result = await redeemer.redeemAndStore(by, { plan, intended, lock, timer });
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

  /** Writes the intent to send a grant, before it is sent. That also proves that the store can be written. */
  const writeIntent = async (
    record: GrantedRecord,
    snapshot: Snapshot,
    lockName: string,
  ): Promise<Snapshot | undefined> => {
    const grant = fingerprint(record.grant);
    const now = clock.now();
    const before = record.intent?.grant === grant ? record.intent : undefined;
    const intent = {
      grant,
      at: now,
      first: before?.first ?? now,
      owner: store.owner,
      attempt: (before?.attempt ?? 0) + 1,
      lock: lockName,
    };
    return store.replace(snapshot, { ...record, intent });
  };

  /** Takes the intent back: nothing was sent. Compare-and-set tells if it is still ours. */
  const withdrawIntent = async (record: GrantedRecord, intended: Snapshot): Promise<void> => {
    await store.replace(intended, record).catch(() => undefined);
  };

  const start = (by: Requester, need: RefreshNeed, isBackground: boolean): InFlightRefresh => {
    const done = refresh(by, need, isBackground).finally(() => {
      inFlight = undefined;
    });
    // Its callers may give up and leave it running. A background refresh was registered when it was scheduled.
    if (isBackground || !by.inBackground(() => done)) done.catch(() => undefined);
    inFlight = { done, isBackground };
    return inFlight;
  };

  /** Returns a random delay that stays the same for as long as the token does. */
  const jitterOf = ({ accessToken }: TokenFacts, { random }: Requester): number => {
    if (jitter?.accessToken !== accessToken) {
      jitter = { accessToken, milliseconds: Math.round(random() * MAX_JITTER) };
    }
    return jitter.milliseconds;
  };

  /** Work that a closed manager had scheduled passes to an open one. */
  const openManager = (by: Requester): Requester => {
    const [first = by] = managers;
    return managers.has(by) ? by : first;
  };

  const refreshAfter = async (delay: number, by: Requester, signal: AbortSignal): Promise<void> => {
    if (delay > 0) await clock.sleep(delay, { background: true, signal });
    await (inFlight ?? start(openManager(by), {}, true)).done.catch(() => undefined);
    nextBackgroundRefreshAt = clock.monotonicNow() + Math.max(RETRY_BACKGROUND_AFTER, remaining(true));
  };

  const remaining = (hasToken: boolean): number =>
    view.record() ? backoffRemaining(view.activeFailure(), hasToken, clock.now()) : 0;

  return {
    join(by, need) {
      const isLeader = inFlight === undefined;
      return { ...(inFlight ?? start(by, need, false)), isLeader };
    },
    open(by) {
      managers.add(by);
      if (closing.signal.aborted) closing = new AbortController();
    },
    close(by) {
      managers.delete(by);
      if (managers.size > 0) return;
      closing.abort(closedError(by.provider));
      nextBackgroundRefreshAt = Number.NEGATIVE_INFINITY;
    },
    isOpen: () => managers.size > 0,
    refreshInBackground(by) {
      const token = view.tokenFacts();
      if (!token || inFlight || clock.monotonicNow() < nextBackgroundRefreshAt) return;
      const delay = Math.max(token.dueAge + jitterOf(token, by) - token.age, 0);
      nextBackgroundRefreshAt = clock.monotonicNow() + delay + RETRY_BACKGROUND_AFTER;
      by.inBackground(() => refreshAfter(delay, by, closing.signal));
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

function lockLostError(): TokenFlowError {
  return new TokenFlowError("store.locked", "The lock on the session was lost before the grant was sent", {
    hint: "Try again; nothing was sent.",
  });
}

function notStoredYetError(): TokenFlowError {
  return new TokenFlowError("store.unavailable", "The session could not be stored yet");
}
