import type { Acquired, TokenFlowError, TokenManager } from "@tokenflow/core";
import type { ProtocolServer } from "./server.ts";

interface Notice {
  /** Of the sign-in that it is about: one that is stopped ends without a word. */
  readonly userCode: string;
  readonly elicitationId: string;
  send(): Promise<void>;
}

interface Watch {
  /** Why the last sign-in failed, until one succeeds. */
  failure: TokenFlowError | undefined;
  /** Who waits for the end of the sign-in that is under way: one notice for each client. */
  readonly notices: Map<ProtocolServer, Notice>;
}

const watches = new WeakMap<TokenManager, Watch>();

/** A token, or the sign-in that is under way, whose end is watched. */
export async function acquire(manager: TokenManager, signal: AbortSignal | undefined): Promise<Acquired> {
  const watch = watchOf(manager);
  const acquired = await manager.acquire({
    signal,
    onSettled: (failure) => {
      watch.failure = failure;
      const notices = [...watch.notices.values()];
      watch.notices.clear();
      if (failure) return;
      // A client that has gone needs no notice.
      for (const notice of notices) notice.send().catch(() => undefined);
    },
  });
  if (acquired.status === "authorized") watch.failure = undefined;
  return acquired;
}

export function lastFailure(manager: TokenManager): TokenFlowError | undefined {
  return watchOf(manager).failure;
}

/**
 * The id of the sign-in for this client, the same for all its calls; when it lands, the client gets
 * `notifications/elicitation/complete` with it (revision 2025-11-25). Random: it tells nothing.
 */
export function elicitationIdOf(manager: TokenManager, server: ProtocolServer, userCode: string): string {
  const { notices } = watchOf(manager);
  const known = notices.get(server);
  if (known?.userCode === userCode) return known.elicitationId;
  const elicitationId = crypto.randomUUID();
  const send = server.createElicitationCompletionNotifier(elicitationId);
  notices.set(server, { userCode, elicitationId, send });
  return elicitationId;
}

function watchOf(manager: TokenManager): Watch {
  const known = watches.get(manager);
  if (known) return known;
  const watch: Watch = { failure: undefined, notices: new Map() };
  watches.set(manager, watch);
  return watch;
}
