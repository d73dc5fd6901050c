import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/json.ts";
import type {
  InterruptedRedemption,
  SessionFailure,
  SessionState,
  SessionStatus,
} from "../contracts/token-manager.ts";
import { fingerprint } from "../record/checksum.ts";
import type { RedemptionIntent, SessionRecord } from "../record/record.ts";
import { mayReplay, toError } from "../refresh/refresh-policy.ts";
import type { Refresher } from "../refresh/refresher.ts";
import type { Requester } from "../refresh/requester.ts";
import type { SessionView } from "../refresh/session-view.ts";
import type { SignInFlow } from "./sign-in-flow.ts";

/** Describes one session, from a fresh read of the store. */
export type ReadStatus = (by: Requester) => Promise<SessionStatus>;

export function createReadStatus(
  view: SessionView,
  refresher: Refresher,
  signInFlow: SignInFlow,
): ReadStatus {
  /** Returns the intent of a redemption that is under way elsewhere, or was interrupted. */
  const openIntent = (): RedemptionIntent | undefined => {
    const { intent, grant } = view.record() ?? {};
    if (!intent || !grant || refresher.isRefreshing()) return undefined;
    return intent.grant === fingerprint(grant) ? intent : undefined;
  };

  /** Returns true if another process holds the session's lock, as every redemption does. If not, a remaining intent is open. */
  const isLocked = async (by: Requester): Promise<boolean> => {
    try {
      await using _lock = await view.store.lock({ timeout: 0 });
      await view.readIfOlderThan(0, by.emit);
      return false;
    } catch (error) {
      return isTokenFlowError(error, "store.locked");
    }
  };

  const readState = (isStoreUnavailable: boolean, isRefreshingElsewhere: boolean): SessionState => {
    const token = view.tokenFacts();
    const isAlive = view.aliveToken() !== undefined;
    const record = view.record();
    const isRefreshing = refresher.isRefreshing() || isRefreshingElsewhere;
    if (!isAlive && signInFlow.prompt()) return "pending";
    if (record?.grant && record.rejectedGrant?.grant === fingerprint(record.grant)) return "revoked";
    if (token && isAlive) {
      if (isRefreshing) return "refreshing";
      return token.age >= token.dueAge ? "due" : "valid";
    }
    if (isStoreUnavailable) return "unavailable";
    if (!record) return "signed_out";
    return isRefreshing ? "refreshing" : "expired";
  };

  const interruption = ({ provider }: Requester, intent: RedemptionIntent): InterruptedRedemption => {
    const record = view.record();
    const replay = !record?.grant || record.grantReusable ? "always" : provider.grantReplay(record.grant);
    const resumes = mayReplay(replay, intent, view.aliveToken() !== undefined, view.clock.now());
    return { owner: intent.owner, at: intent.at, resumes: resumes ? "next_use" : "token_end" };
  };

  const isRenewable = ({ provider }: Requester, { grant }: SessionRecord): boolean =>
    grant !== undefined && provider.isRenewable?.(grant) !== false;

  const lastFailure = (hasToken: boolean): SessionFailure | undefined => {
    const unsaved = refresher.unsavedError();
    if (unsaved) return describe(unsaved);
    const failure = view.activeFailure().lastFailure;
    if (!failure || !view.record()) return undefined;
    const remaining = refresher.backoffRemaining(hasToken);
    return { ...describe(toError(failure, remaining)), retryAt: view.clock.now() + remaining };
  };

  return async (by) => {
    const storeError = await view.readIfOlderThan(0, by.emit).then(
      () => undefined,
      (error: unknown) => error,
    );
    const isAvailable = storeError === undefined;
    const isElsewhere = isAvailable && openIntent() !== undefined && (await isLocked(by));
    const intent = isAvailable ? openIntent() : undefined;
    const record = view.record();
    const token = view.aliveToken()?.token;
    return omitUndefined({
      provider: by.provider.id,
      account: by.account,
      state: readState(!isAvailable, isElsewhere),
      login: record?.login,
      origin: record?.origin,
      issuedAt: token?.issuedAt,
      expiresAt: token?.expiresAt,
      dueAt: token?.dueAt,
      details: token?.details,
      renewable: record && !isRenewable(by, record) ? false : undefined,
      interrupted: intent && !isElsewhere ? interruption(by, intent) : undefined,
      unsaved: refresher.unsavedError() && true,
      failure: isTokenFlowError(storeError) ? describe(storeError) : lastFailure(token !== undefined),
      signIn: signInFlow.prompt(),
    });
  };
}

function describe({ code, message, hint }: TokenFlowError): SessionFailure {
  return omitUndefined({ code, message, hint });
}
