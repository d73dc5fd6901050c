import { fingerprint } from "./checksum.ts";
import { isTokenFlowError, type TokenFlowError } from "./errors.ts";
import { ageOf } from "./held-token.ts";
import { bindingFailure } from "./refresh-plan.ts";
import { asError, pauseLeft } from "./refresh-policy.ts";
import { type Context, look, type SharedSession, servable } from "./shared-session.ts";
import type { SessionFailure, SessionState, SessionStatus } from "./token-manager.ts";

/** One session at a glance, from a fresh look at the store. */
export async function sessionStatus(session: SharedSession, context: Context): Promise<SessionStatus> {
  const base = { provider: context.provider.id, account: context.account };
  const away = await look(session, context, 0).then(
    () => undefined,
    (error: unknown) => error,
  );
  const record = session.snapshot?.record;
  const token = servable(session)?.token;
  const failure = isTokenFlowError(away) ? describe(away) : lastFailure(session, token !== undefined);
  const state = stateOf(session, away !== undefined);
  return {
    ...base,
    state,
    ...(record?.login === undefined ? {} : { login: record.login }),
    ...(record ? { origin: record.origin } : {}),
    ...(token ? { issuedAt: token.issuedAt } : {}),
    ...(token?.expiresAt === undefined ? {} : { expiresAt: token.expiresAt }),
    ...(token?.dueAt === undefined ? {} : { dueAt: token.dueAt }),
    ...(token?.details === undefined ? {} : { details: token.details }),
    ...(isInterrupted(session) && record?.mark
      ? { interrupted: { owner: record.mark.owner, at: record.mark.at } }
      : {}),
    ...(session.unsaved ? { unsaved: true } : {}),
    ...(failure ? { failure } : {}),
  };
}

function stateOf(session: SharedSession, storeAway: boolean): SessionState {
  const { flight, flow, clock } = session;
  const held = servable(session);
  const record = session.snapshot?.record;
  if (!held && flow?.code) return "pending";
  if (record && isRefused(session)) return "revoked";
  if (held) {
    if (flight) return "refreshing";
    return ageOf(held, clock) >= held.dueAge ? "due" : "valid";
  }
  if (storeAway) return "unavailable";
  if (!record) return "signed_out";
  return flight ? "refreshing" : "expired";
}

function isRefused({ snapshot }: SharedSession): boolean {
  const record = snapshot?.record;
  return record?.grant !== undefined && record.refused?.grant === fingerprint(record.grant);
}

/** A mark is a redemption under way, unless nobody here or under a lock is at it. */
function isInterrupted({ snapshot, flight }: SharedSession): boolean {
  const record = snapshot?.record;
  if (!record?.mark || !record.grant || flight) return false;
  return record.mark.grant === fingerprint(record.grant);
}

function lastFailure(session: SharedSession, live: boolean): SessionFailure | undefined {
  const record = session.snapshot?.record;
  const failed = record?.failed ?? session.failure;
  if (session.unsaved) return describe(session.unsaved.error);
  if (!failed || !record) return undefined;
  const left = pauseLeft(bindingFailure(session, record), live, session.clock.now());
  return { ...describe(asError(failed, left)), retryAt: session.clock.now() + left };
}

function describe({ code, message, hint }: TokenFlowError): SessionFailure {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
