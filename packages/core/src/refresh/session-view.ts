import type { KeyvStorageAdapter } from "keyv";
import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import type { EventBody } from "../base/events.ts";
import type { Call } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";
import type { Encryption } from "../contracts/store.ts";
import type { Flow } from "../manager/sign-in-flow.ts";
import type { RefreshFailure } from "../record/record.ts";
import { openRecordStore, type RecordStore, type Snapshot } from "../store/record-store.ts";
import { type TimedToken, timeToken } from "../token/timed-token.ts";
import type { Calm } from "./fresh-token-cache.ts";
import { isUsable } from "./refresh-policy.ts";

/** What a manager brings to the work on a session: its provider, its requests, its listener. */
export interface Context {
  readonly provider: Provider;
  readonly account: string;
  /** A fresh call; without a signal, since a redemption that was sent is not given up. */
  readonly call: Call;
  readonly random: () => number;
  /** The moment of the mark whose interruption this manager was last told of. */
  toldMarkAt: number | undefined;
  emit(event: EventBody): void;
}

export interface Flight {
  readonly done: Promise<void>;
  /** Tries the lock once and gives way; nobody waits for it. */
  readonly background: boolean;
}

/**
 * What is known here of one session: it belongs to the pair of store object and key, not to a manager, so
 * that any number of managers over the same pair cause one redemption.
 */
export interface SharedSession {
  readonly key: string;
  readonly store: RecordStore;
  readonly clock: Clock;
  /** The record as it was last read or written here; `undefined` before the first read. */
  snapshot: Snapshot | undefined;
  /** Monotonic moment of the last read. */
  readAt: number;
  held: TimedToken | undefined;
  calm: Calm | undefined;
  /** Rejected tokens with their age at the rejection. */
  readonly rejections: Map<string, number>;
  flight: Flight | undefined;
  /** A redemption is under way that ends the token in use. */
  redeeming: boolean;
  /** Monotonic moment of this process's last redemption. */
  redeemedAt: number;
  /** No background refresh before this monotonic moment: the lock was taken, or one is about to start. */
  behindAt: number;
  /** The last failure, for the case that it could not be written either. */
  failure: RefreshFailure | undefined;
  clockOffset: number | undefined;
  /** A session that was redeemed or consented to, and is not yet in the store. */
  unsaved: Unsaved | undefined;
  flow: Flow | undefined;
  looking: Promise<void> | undefined;
}

export interface Unsaved {
  readonly error: TokenFlowError;
  /** One more try, at once; answers whether it is settled. */
  retry(): Promise<boolean>;
  readonly settled: Promise<void>;
}

export interface SharedSessionOptions {
  readonly clock: Clock;
  readonly encryption?: Encryption | undefined;
}

const sessions = new WeakMap<KeyvStorageAdapter, Map<string, SharedSession>>();
const REJECTIONS_KEPT = 16;
const CORRUPT_LOCK_WAIT = 5_000;

/** The shared session of an adapter and key; made at the first call. */
export function shareSession(
  adapter: KeyvStorageAdapter,
  key: string,
  options: SharedSessionOptions,
): SharedSession {
  const ofStore = sessions.get(adapter) ?? new Map<string, SharedSession>();
  sessions.set(adapter, ofStore);
  const known = ofStore.get(key);
  if (known) return known;
  const store = openRecordStore(adapter, key, options);
  const session: SharedSession = {
    key,
    store,
    clock: options.clock,
    snapshot: undefined,
    readAt: Number.NEGATIVE_INFINITY,
    held: undefined,
    calm: undefined,
    rejections: new Map(),
    flight: undefined,
    redeeming: false,
    redeemedAt: Number.NEGATIVE_INFINITY,
    behindAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    clockOffset: undefined,
    unsaved: undefined,
    flow: undefined,
    looking: undefined,
  };
  ofStore.set(key, session);
  return session;
}

/**
 * This host, as it stands in records. Not kept in the session: a store may make it up at the first use, and an object
 * with a getter among its fields is slow to read.
 */
export function hostOf({ store }: SharedSession): string {
  return store.owner.split("/")[0] ?? store.owner;
}

/** Whether the session has a token that may be handed out now. */
export function servable(session: SharedSession): TimedToken | undefined {
  return isUsable(session.held, session.rejections, session.clock) ? session.held : undefined;
}

/** Takes what the store says for the truth; the token in hand keeps its age when it is the same. */
export function accept(session: SharedSession, snapshot: Snapshot): void {
  const revision = session.snapshot?.record?.revision;
  session.snapshot = snapshot;
  session.readAt = session.clock.monotonicNow();
  const { record } = snapshot;
  if (record?.revision !== revision) session.failure = undefined;
  if (!record?.token) session.held = undefined;
  else if (record.token.accessToken !== session.held?.stored.accessToken) {
    const { clock, clockOffset } = session;
    session.held = timeToken(record.token, { clock, clockOffset, host: hostOf(session) });
  }
}

/** Reads the record, and tells when another process has changed the session. */
export async function load(session: SharedSession, context: Context): Promise<Snapshot> {
  if (session.unsaved && session.snapshot) return session.snapshot;
  const before = session.snapshot?.record;
  const snapshot = await session.store.read();
  if (session.unsaved && session.snapshot) return session.snapshot;
  accept(session, snapshot);
  const { record } = snapshot;
  if (before && !record) context.emit({ type: "session.signed_out" });
  else if (record?.token && before?.token?.accessToken !== record.token.accessToken) {
    context.emit({ type: "session.adopted", expiresAt: session.held?.token.expiresAt });
  }
  return snapshot;
}

/** A torn read is not a corrupt record: only a second one under the lock may say so. */
async function loadLocked(
  session: SharedSession,
  context: Context,
  corrupt: TokenFlowError,
): Promise<Snapshot> {
  const lock = await session.store.lock({ timeout: CORRUPT_LOCK_WAIT }).catch(() => undefined);
  if (!lock) throw corrupt;
  await using _lock = lock;
  return await load(session, context);
}

/** Reads the record unless it was read in the last `maxAge` milliseconds. Callers at the same time share one read. */
export async function look(session: SharedSession, context: Context, maxAge: number): Promise<void> {
  if (session.clock.monotonicNow() - session.readAt < maxAge) return;
  session.looking ??= load(session, context)
    .catch((error: unknown) => {
      if (!isTokenFlowError(error, "store.corrupt") || !session.store.shared) throw error;
      return loadLocked(session, context, error);
    })
    .then(() => undefined)
    .finally(() => {
      session.looking = undefined;
    });
  await session.looking;
}

/** Remembers that the API refused a token. */
export function noteRejection(session: SharedSession, accessToken: string, age: number): void {
  if (session.rejections.has(accessToken)) return;
  session.rejections.set(accessToken, age);
  session.calm = undefined;
  const oldest = session.rejections.keys().next();
  if (session.rejections.size > REJECTIONS_KEPT && !oldest.done) session.rejections.delete(oldest.value);
  // Another process may already have a new one.
  session.readAt = Number.NEGATIVE_INFINITY;
}
