import type { Acquired, TokenFlowError, TokenManager } from "@tokenflow/core";
import type { ProtocolServer } from "./server.ts";

/** A notification for one client. */
interface Notice {
  /** The user code of the sign-in. A sign-in that is stopped sends no notification. */
  readonly userCode: string;
  readonly elicitationId: string;
  send(): Promise<void>;
}

interface Watch {
  /** The failure of the last sign-in, until one succeeds. */
  failure: TokenFlowError | undefined;
  /** One notice for each client that waits for the end of the current sign-in. */
  readonly notices: Map<ProtocolServer, Notice>;
}

const watches = new WeakMap<TokenManager, Watch>();

/** Returns a token, or the current sign-in, whose end is then watched. */
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
 * Returns the random id of the sign-in for this client, the same for all its calls. After the sign-in the client gets
 * `notifications/elicitation/complete` with this id (revision 2025-11-25).
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
