import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/omit-undefined.ts";
import type {
  InterruptedRedemption,
  SessionFailure,
  SessionState,
  SessionStatus,
} from "../contracts/token-manager.ts";
import { fingerprint } from "../record/checksum.ts";
import type { RedemptionIntent } from "../record/record.ts";
import { bindingFailure } from "../refresh/plan-refresh.ts";
import { backoffRemaining, mayReplay, toError } from "../refresh/refresh-policy.ts";
import { type Context, look, type SharedSession, servable } from "../refresh/session-view.ts";
import { ageOf } from "../token/timed-token.ts";

/** One session at a glance, from a fresh look at the store. */
export async function sessionStatus(session: SharedSession, context: Context): Promise<SessionStatus> {
  const away = await look(session, context, 0).then(
    () => undefined,
    (error: unknown) => error,
  );
  const elsewhere =
    away === undefined && openMark(session) !== undefined && (await isLocked(session, context));
  const mark = away === undefined ? openMark(session) : undefined;
  const record = session.snapshot?.record;
  const token = servable(session)?.token;
  return omitUndefined({
    provider: context.provider.id,
    account: context.account,
    state: stateOf(session, away !== undefined, elsewhere),
    login: record?.login,
    origin: record?.origin,
    issuedAt: token?.issuedAt,
    expiresAt: token?.expiresAt,
    dueAt: token?.dueAt,
    details: token?.details,
    renewable: record && !record.grant ? false : undefined,
    interrupted: mark && !elsewhere ? interruption(session, context, mark) : undefined,
    unsaved: session.unsaved && true,
    failure: isTokenFlowError(away) ? describe(away) : lastFailure(session, token !== undefined),
    signIn: session.flow?.code,
  });
}

function stateOf(session: SharedSession, storeAway: boolean, elsewhere: boolean): SessionState {
  const { flow, clock } = session;
  const held = servable(session);
  const record = session.snapshot?.record;
  const refreshing = session.flight !== undefined || elsewhere;
  if (!held && flow?.code) return "pending";
  if (record && isRefused(session)) return "revoked";
  if (held) {
    if (refreshing) return "refreshing";
    return ageOf(held, clock) >= held.dueAge ? "due" : "valid";
  }
  if (storeAway) return "unavailable";
  if (!record) return "signed_out";
  return refreshing ? "refreshing" : "expired";
}

function isRefused({ snapshot }: SharedSession): boolean {
  const record = snapshot?.record;
  return record?.grant !== undefined && record.rejectedGrant?.grant === fingerprint(record.grant);
}

/** The mark of a redemption that is under way elsewhere, or was interrupted. */
function openMark({ snapshot, flight }: SharedSession): RedemptionIntent | undefined {
  const record = snapshot?.record;
  if (!record?.intent || !record.grant || flight) return undefined;
  return record.intent.grant === fingerprint(record.grant) ? record.intent : undefined;
}

/** Who redeems holds the session's lock. Where it is free, nobody does, and a mark that still stands is an open one. */
async function isLocked(session: SharedSession, context: Context): Promise<boolean> {
  try {
    await using _lock = await session.store.lock({ timeout: 0 });
    await look(session, context, 0);
    return false;
  } catch (error) {
    return isTokenFlowError(error, "store.locked");
  }
}

function interruption(
  session: SharedSession,
  { provider }: Context,
  mark: RedemptionIntent,
): InterruptedRedemption {
  const record = session.snapshot?.record;
  const replay = !record?.grant || record.grantReusable ? "always" : provider.grantReplay(record.grant);
  const resumes = mayReplay(replay, mark, servable(session) !== undefined, session.clock.now());
  return { owner: mark.owner, at: mark.at, resumes: resumes ? "next_use" : "token_end" };
}

function lastFailure(session: SharedSession, live: boolean): SessionFailure | undefined {
  const record = session.snapshot?.record;
  const failed = record?.lastFailure ?? session.failure;
  if (session.unsaved) return describe(session.unsaved.error);
  if (!failed || !record) return undefined;
  const left = backoffRemaining(bindingFailure(session, record), live, session.clock.now());
  return { ...describe(toError(failed, left)), retryAt: session.clock.now() + left };
}

function describe({ code, message, hint }: TokenFlowError): SessionFailure {
  return omitUndefined({ code, message, hint });
}
