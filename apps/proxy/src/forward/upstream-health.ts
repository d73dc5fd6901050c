import { isTokenFlowError, type TokenManager } from "@tokenflow/core";

/** Remembers if the last request reached each session's upstream. */
export interface UpstreamHealth {
  /** The upstream responded, with any status. */
  reached(manager: TokenManager): void;
  /** A request failed. Counts only if the upstream did not respond. */
  failed(manager: TokenManager, error: unknown): void;
  of(manager: TokenManager): "reached" | "unreachable" | "unknown";
}

export function createUpstreamHealth(): UpstreamHealth {
  const seen = new WeakMap<TokenManager, "reached" | "unreachable">();
  return {
    reached: (manager) => void seen.set(manager, "reached"),
    failed(manager, error) {
      if (isTokenFlowError(error, "provider.unavailable")) seen.set(manager, "unreachable");
    },
    of: (manager) => seen.get(manager) ?? "unknown",
  };
}
