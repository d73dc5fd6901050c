import type { Clock, SessionStatus, TokenManager } from "@tokenflow/core";
import type { ObservedProxy } from "../observe/request-observer.ts";
import { sessionWords } from "../observe/session-words.ts";
import { sessionId } from "../routing/session-name.ts";
import type { SessionView, UsageView } from "./proxy-status.ts";

/** The sessions as they are shown. */
export interface SessionViews {
  view(manager: TokenManager): Promise<SessionView>;
}

/** The services are asked no more often than this, failures included. */
const USAGE_AGE = 5 * 60_000;
const USAGE_TIMEOUT = 30_000;

interface KnownUsage {
  readonly askedAt: number;
  /** Whose it is; a sign-in may learn the name a moment after the token. */
  login: string | undefined;
  usage?: UsageView | undefined;
}

/** @param changed told when a session's usage has arrived */
export function createSessionViews(
  clock: Clock,
  pausedUntil: ObservedProxy["pausedUntil"],
  changed: (manager: TokenManager) => void,
): SessionViews {
  const usages = new WeakMap<TokenManager, KnownUsage>();

  /** What is known now; asks behind, and only where there is a token to ask with. */
  const usageOf = (manager: TokenManager, { state, login }: SessionStatus): UsageView | undefined => {
    const known = usages.get(manager);
    if (state === "signed_out" || state === "revoked") usages.delete(manager);
    if (state !== "valid" && state !== "due") return known?.usage;
    const isOther = known?.login !== undefined && login !== undefined && known.login !== login;
    if (known && !isOther) known.login = login;
    const isOld = !known || isOther || clock.now() - known.askedAt >= USAGE_AGE;
    if (!isOld || pausedUntil(manager) !== undefined) return known?.usage;
    const asked: KnownUsage = { askedAt: clock.now(), login };
    if (!isOther) asked.usage = known?.usage;
    usages.set(manager, asked);
    manager
      .usage({ signal: AbortSignal.timeout(USAGE_TIMEOUT) })
      .then((usage) => {
        asked.usage = usage && {
          askedAt: asked.askedAt,
          ...(usage.plan === undefined ? {} : { plan: usage.plan }),
          ...(usage.resetsAt === undefined ? {} : { resetsAt: usage.resetsAt }),
          quotas: usage.quotas.map(({ details: _details, ...quota }) => quota),
        };
        changed(manager);
      })
      // Shown or not, nothing depends on it; it is asked again when it is old.
      .catch(() => undefined);
    return asked.usage;
  };

  return {
    async view(manager) {
      const status = await manager.status();
      const { state, login, origin, issuedAt, dueAt, expiresAt, failure, signIn } = status;
      const words = sessionWords(status);
      const pausedUntilAt = pausedUntil(manager);
      const usage = usageOf(manager, status);
      return {
        id: sessionId(manager),
        provider: manager.provider.id,
        account: manager.account,
        name: manager.provider.name,
        ...(login === undefined ? {} : { login }),
        state,
        text: words.charAt(0).toUpperCase() + words.slice(1),
        changeable: origin !== "environment",
        ...(issuedAt === undefined ? {} : { issuedAt }),
        ...(dueAt === undefined ? {} : { dueAt }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(pausedUntilAt === undefined ? {} : { pausedUntilAt }),
        ...(failure === undefined ? {} : { failure }),
        ...(signIn === undefined ? {} : { signIn }),
        ...(usage === undefined ? {} : { usage }),
      };
    },
  };
}
