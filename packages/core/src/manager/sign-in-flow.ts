import { abortable } from "../base/abortable.ts";
import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import { keepProcessAlive } from "../base/keep-process-alive.ts";
import { omitUndefined } from "../base/omit-undefined.ts";
import type { UserCodePrompt } from "../contracts/device-code.ts";
import type { Session } from "../contracts/session.ts";
import { askForCode } from "../protocol/device-flow.ts";
import { pollUntilGranted } from "../protocol/poll.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import type { SessionRecord } from "../record/record.ts";
import { firstRevision } from "../record/revision.ts";
import { type Context, hostOf, load, type SharedSession } from "../refresh/session-view.ts";
import { finishSignIn } from "./finish-sign-in.ts";

/** A sign-in under way: one device code and one poll loop for everyone who asks. */
export interface Flow {
  readonly shown: Promise<UserCodePrompt>;
  readonly done: Promise<Session>;
  /** What the person is shown, once it is known. */
  code: UserCodePrompt | undefined;
  /** Who waits for its end. */
  waiters: number;
  /** Goes on without anybody waiting, to the end of its code. */
  kept: boolean;
  /** The manager that began it; its `close()` ends it. */
  readonly owner: Context;
  stop(reason: unknown): void;
}

/** The flow that is under way, or a new one. */
export function joinFlow(session: SharedSession, context: Context): Flow {
  if (session.flow) return session.flow;
  const abort = new AbortController();
  const shown = Promise.withResolvers<UserCodePrompt>();
  const flow: Flow = {
    shown: shown.promise,
    done: runFlow(session, context, abort.signal, (code) => {
      flow.code = code;
      shown.resolve(code);
    }).finally(() => {
      if (session.flow === flow) session.flow = undefined;
    }),
    code: undefined,
    waiters: 0,
    kept: false,
    owner: context,
    stop: (reason) => {
      if (session.flow === flow) session.flow = undefined;
      abort.abort(reason);
    },
  };
  flow.done.catch(shown.reject);
  shown.promise.catch(() => undefined);
  session.flow = flow;
  return flow;
}

/** Waits for a flow's end; when the last who waits gives up, and nobody wanted it kept, it ends with them. */
export async function waitForFlow(
  session: SharedSession,
  flow: Flow,
  signal: AbortSignal | undefined,
): Promise<Session> {
  // The flow's own timers let the process end; whoever waits for a person does not.
  using _awake = keepProcessAlive(session.clock);
  flow.waiters += 1;
  try {
    return await abortable(flow.done, signal);
  } finally {
    flow.waiters -= 1;
    if (signal?.aborted && flow.waiters === 0 && !flow.kept) flow.stop(signal.reason);
  }
}

/** Tells how a flow ended, unless it was stopped. Waits without keeping the process. */
export async function tellWhenSettled(flow: Flow, tell: (failure?: TokenFlowError) => void): Promise<void> {
  const failure: unknown = await flow.done.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined || isTokenFlowError(failure)) tell(failure);
}

async function runFlow(
  session: SharedSession,
  context: Context,
  signal: AbortSignal,
  show: (code: UserCodePrompt) => void,
): Promise<Session> {
  const { provider } = context;
  const { clock } = session;
  const call = { ...context.call, signal };
  try {
    const before = await session.store.read().catch(() => undefined);
    signal.throwIfAborted();
    const startedAt = { wall: clock.now(), elapsed: clock.monotonicNow() };
    const code = await abortable(askForCode(provider, call), signal);
    const { userCode, verificationUri, verificationUriComplete } = code;
    const expiresAt = startedAt.wall + code.lifetime;
    show(omitUndefined({ userCode, verificationUri, verificationUriComplete, expiresAt }));
    context.emit({ type: "signin.started", userCode, verificationUri, expiresAt });
    const granted = await pollUntilGranted(provider, code, {
      call,
      host: hostOf(session),
      startedAt,
      background: true,
      settled: () => appeared(session, context, before?.record?.revision),
    });
    const record: SessionRecord | undefined = granted && {
      revision: firstRevision(),
      provider: provider.id,
      account: context.account,
      origin: "device",
      grant: granted.grant,
      token: granted.redeemed.token,
    };
    const previous = before?.record?.login;
    return await finishSignIn(session, context, record, previous);
  } catch (error) {
    if (!signal.aborted) {
      const known = toTokenFlowError(error, provider);
      context.emit({ type: "signin.failed", code: known.code, message: known.message });
      throw known;
    }
    throw error;
  }
}

/** Whether somebody else has signed in meanwhile. A store that is away says nothing. */
async function appeared(
  session: SharedSession,
  context: Context,
  before: string | undefined,
): Promise<boolean> {
  try {
    const { record } = await session.store.read();
    if (!record || record.revision === before) return false;
    const grant = record.grant && fingerprint(record.grant);
    if (grant === undefined || record.rejectedGrant?.grant === grant) return false;
    await load(session, context);
    return true;
  } catch {
    return false;
  }
}
