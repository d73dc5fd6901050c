import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import type { EventBody } from "../base/events.ts";
import type { UpstreamAnswer } from "../contracts/upstream.ts";
import type { RefreshFailure, SessionRecord } from "../record/record.ts";
import type { RecordStore, Snapshot } from "../store/record-store.ts";
import { type StoredToken, type TimedToken, timeToken } from "../token/timed-token.ts";
import { createFreshTokenCache, type FreshTokenCache } from "./fresh-token-cache.ts";
import type { ActiveFailure, TokenFacts } from "./refresh-policy.ts";
import { createRejections, isSameRedemption, isSameText, type TokenText } from "./rejections.ts";

/** The event for a change that was found in the store. */
export type SessionChange = Extract<EventBody, { type: "session.adopted" | "session.signed_out" }>;

/**
 * The knowledge of this process about one stored session. It uses the store and the clock, and nothing above them. All
 * managers over the same store object and key share one view.
 */
export interface SessionView {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Returns this host's name in records. The store may make it up at the first call. */
  host(): string;

  /** Returns the record as it was last read or written here. */
  record(): SessionRecord | undefined;
  /** Returns the record's token, in whatever state it is. */
  timedToken(): TimedToken | undefined;
  /** Returns the record's token as facts of this moment, for decisions. */
  tokenFacts(): TokenFacts | undefined;
  /** Returns the token if it is alive and was not rejected, even during a redemption that ends it. */
  aliveToken(): TimedToken | undefined;
  /** Returns the token if it may be handed out now, and remembers for a moment that it may. */
  servableToken(): TimedToken | undefined;
  /** Returns what `servableToken()` remembered, at the cost of one look at one clock. */
  readonly cachedToken: FreshTokenCache["cached"];

  /** Reads the record. Calls `onChange` if another process has changed the session. Never replaces a pinned record. */
  read(onChange: (change: SessionChange) => void): Promise<Snapshot>;
  /** As `read`, unless the record was read in the last `maxAge` milliseconds. Concurrent calls share one read. */
  readIfOlderThan(maxAge: number, onChange: (change: SessionChange) => void): Promise<void>;
  /** Returns the milliseconds since the record's intent was first read. A failed read starts the count again. */
  sinceIntentRead(): number;
  /** Returns the milliseconds since the last read. */
  sinceRead(): number;
  /** Makes the next call read the record, since it was written by somebody else. */
  invalidate(): void;
  /** Counts the record as read now, although the store could not be reached. */
  postponeRead(): void;
  /** Takes what was just written as the truth. A token that stays the same keeps its age. */
  applySnapshot(snapshot: Snapshot): void;
  /** Takes a record that could not be written as the truth, and keeps it through reads until `unpin()`. */
  pin(record: SessionRecord): void;
  unpin(): void;

  /** Stops handing out the token while a redemption runs that invalidates it. */
  suspend(): void;
  resume(): void;
  /** Marks a token as rejected by the API. Returns false if it was already. */
  markRejected(token: TokenText, answer: UpstreamAnswer | undefined): boolean;
  /** Returns the answer that rejected the record's token, if this process saw one. */
  rejection(): UpstreamAnswer | undefined;
  forgetRejections(): void;
  /** Returns the failure that is in force: the record's, or this process's if it could not be written. */
  activeFailure(): ActiveFailure;
  rememberFailure(failure: RefreshFailure): void;
  /** Takes note of a token that was redeemed just now. A rejection of the same text before does not count any more. */
  noteRedeemed(token: StoredToken): void;
}

const CORRUPT_LOCK_TIMEOUT = 5_000;

export function createSessionView(store: RecordStore, clock: Clock): SessionView {
  let snapshot: Snapshot | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  /** Counts what was written here, so that a slow read does not replace it. */
  let writes = 0;
  let intentRead: { readonly intent: string; readonly at: number } | undefined;
  let isPinned = false;
  let isSuspended = false;
  let token: TimedToken | undefined;
  let lastFailure: RefreshFailure | undefined;
  let clockOffset: number | undefined;
  const rejections = createRejections();
  const cache = createFreshTokenCache(clock);

  const host = (): string => store.owner.split("/")[0] ?? store.owner;

  const isAlive = (timed: TimedToken): boolean =>
    !rejections.of(timed.stored) && timed.age() < timed.lifetime;

  const apply = (next: Snapshot): void => {
    const { record } = next;
    if (record?.revision !== snapshot?.record?.revision) lastFailure = undefined;
    snapshot = next;
    readAt = clock.monotonicNow();
    const intent = record?.intent && JSON.stringify(record.intent);
    if (intent !== intentRead?.intent) intentRead = intent === undefined ? undefined : { intent, at: readAt };
    if (isSameRedemption(record?.token, token?.stored)) return;
    const before = token?.stored;
    token = record?.token && timeToken(record.token, { clock, clockOffset, host: host() });
    // Another process redeemed the same text once more.
    if (before && token && isSameText(before, token.stored)) rejections.forget(before);
    cache.clear();
  };

  const applySnapshot = (next: Snapshot): void => {
    writes += 1;
    apply(next);
  };

  const invalidate = (): void => {
    readAt = Number.NEGATIVE_INFINITY;
    cache.clear();
  };

  const read: SessionView["read"] = async (onChange) => {
    if (isPinned && snapshot) return snapshot;
    const before = { record: snapshot?.record, writes };
    const next = await store.read().catch((error: unknown) => {
      // What happened while the store was away is unknown: the time counts from the next read.
      intentRead = undefined;
      throw error;
    });
    // Pinned or written while we read: what we read is older.
    if (snapshot && (isPinned || writes !== before.writes)) return snapshot;
    apply(next);
    const { record } = next;
    if (before.record && !record) onChange({ type: "session.signed_out" });
    else if (record?.token && before.record?.token?.accessToken !== record.token.accessToken) {
      onChange({ type: "session.adopted", expiresAt: token?.token.expiresAt });
    }
    return next;
  };

  /** A torn read is not a corrupt record: only a second read under the lock may call it corrupt. */
  const readLocked = async (
    onChange: (change: SessionChange) => void,
    corrupt: TokenFlowError,
  ): Promise<void> => {
    const lock = await store.lock({ timeout: CORRUPT_LOCK_TIMEOUT }).catch(() => undefined);
    if (!lock) throw corrupt;
    await using _lock = lock;
    await read(onChange);
  };

  const readChecked = async (onChange: (change: SessionChange) => void): Promise<void> => {
    try {
      await read(onChange);
    } catch (error) {
      if (!isTokenFlowError(error, "store.corrupt") || !store.shared) throw error;
      await readLocked(onChange, error);
    }
  };

  return {
    store,
    clock,
    host,
    record: () => snapshot?.record,
    timedToken: () => token,
    tokenFacts: () =>
      token && {
        accessToken: token.stored.accessToken,
        age: token.age(),
        lifetime: token.lifetime,
        dueAge: token.dueAge,
        rejectedAtAge: rejections.of(token.stored)?.age,
      },
    aliveToken: () => (token && isAlive(token) ? token : undefined),
    servableToken() {
      if (isSuspended || !token || !isAlive(token)) return undefined;
      cache.keep(token, readAt);
      return token;
    },
    cachedToken: cache.cached,
    read,
    async readIfOlderThan(maxAge, onChange) {
      if (clock.monotonicNow() - readAt < maxAge) return;
      reading ??= readChecked(onChange).finally(() => {
        reading = undefined;
      });
      await reading;
    },
    invalidate,
    sinceIntentRead: () => (intentRead ? clock.monotonicNow() - intentRead.at : 0),
    sinceRead: () => clock.monotonicNow() - readAt,
    postponeRead() {
      readAt = clock.monotonicNow();
    },
    applySnapshot,
    pin(record) {
      applySnapshot({ raw: undefined, record });
      isPinned = true;
    },
    unpin() {
      isPinned = false;
    },
    suspend() {
      isSuspended = true;
      cache.clear();
    },
    resume() {
      isSuspended = false;
    },
    markRejected(rejected, answer) {
      if (rejections.of(rejected)) return false;
      // Infinite for a token that is not ours: that never counts as a quick rejection.
      const age = token && isSameText(token.stored, rejected) ? token.age() : Number.POSITIVE_INFINITY;
      rejections.add(rejected, { age, answer });
      // Another process may already have a new token.
      invalidate();
      return true;
    },
    rejection: () => token && rejections.of(token.stored)?.answer,
    forgetRejections() {
      rejections.clear();
    },
    activeFailure: () => {
      const record = snapshot?.record;
      return { lastFailure: record?.lastFailure ?? lastFailure, notBefore: record?.notBefore };
    },
    rememberFailure(failure) {
      lastFailure = failure;
    },
    noteRedeemed(redeemed) {
      clockOffset = redeemed.clockOffset ?? clockOffset;
      rejections.forget(redeemed);
    },
  };
}
