import { sessionWords } from "@tokenflow/common";
import type { Clock, SessionStatus, TokenManager } from "@tokenflow/core";
import type { ObservedProxy } from "../observe/proxy-monitor.ts";
import { sessionId } from "../routing/session-name.ts";
import type { SessionView, UsageView } from "./proxy-status.ts";

/** Builds what the dashboard shows of a session. */
export interface SessionViews {
  view(manager: TokenManager): Promise<SessionView>;
  /** Returns the usage as it was told last. */
  usage(manager: TokenManager): Promise<UsageView | undefined>;
}

/** How long a service's usage is cached, in milliseconds. A failed request counts too. */
const USAGE_AGE = 5 * 60_000;
const USAGE_TIMEOUT = 30_000;

interface KnownUsage {
  readonly askedAt: number;
  /** The user of this usage. After a sign-in it may be known only a moment after the token. */
  login: string | undefined;
  usage?: UsageView | undefined;
}

/** @param onUsage called when the usage of a session has arrived */
export function createSessionViews(
  clock: Clock,
  pausedUntil: ObservedProxy["pausedUntil"],
  onUsage: (manager: TokenManager) => void,
): SessionViews {
  const usages = new WeakMap<TokenManager, KnownUsage>();

  /** Returns the cached usage. Requests it in the background if it is old and the session has a token. */
  const usageOf = (manager: TokenManager, { state, login }: SessionStatus): UsageView | undefined => {
    const known = usages.get(manager);
    if (state === "signed_out" || state === "revoked") usages.delete(manager);
    if (state !== "valid" && state !== "due") return known?.usage;
    const isOtherUser = known?.login !== undefined && login !== undefined && known.login !== login;
    if (known && !isOtherUser) known.login = login;
    const isOld = !known || isOtherUser || clock.now() - known.askedAt >= USAGE_AGE;
    if (!isOld || pausedUntil(manager) !== undefined) return known?.usage;
    const asked: KnownUsage = { askedAt: clock.now(), login };
    if (!isOtherUser) asked.usage = known?.usage;
    usages.set(manager, asked);
    manager
      .usage({ signal: AbortSignal.timeout(USAGE_TIMEOUT) })
      .then((usage) => {
        asked.usage = usage && {
          askedAt: asked.askedAt,
          ...(usage.plan === undefined ? {} : { plan: usage.plan }),
          ...(usage.resetsAt === undefined ? {} : { resetsAt: usage.resetsAt }),
          quotas: usage.quotas.map(({ details, ...quota }) => ({
            ...quota,
            ...(typeof details?.["overage"] === "number" ? { overage: details["overage"] } : {}),
          })),
        };
        onUsage(manager);
      })
      // Nothing depends on the usage. It is requested again when it is old.
      .catch(() => undefined);
    return asked.usage;
  };

  return {
    usage: async (manager) => usageOf(manager, await manager.status()),
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
