import { isTokenFlowError, type TokenManager } from "@tokenflow/core";

/** What the last request to each session's upstream met. */
export interface UpstreamHealth {
  /** The upstream answered, whatever it said. */
  reached(manager: TokenManager): void;
  /** A request failed; only where nobody answered does it tell something of the upstream. */
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
