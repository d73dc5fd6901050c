import type { UpstreamRequest } from "@tokenflow/core/provider";
import { readInitiator, readVision } from "../wire/turn.ts";

/**
 * The headers that depend on the request: who began the turn, which decides how it is billed, and whether
 * there are images in it. The caller's own word counts first; nothing here can make a person's turn an agent's.
 */
export function turnHeaders({ headers, json }: UpstreamRequest): Record<string, string> {
  const stated = headers["x-initiator"]?.toLowerCase();
  const body = json?.();
  return {
    "x-initiator": stated === "user" || stated === "agent" ? stated : readInitiator(body),
    ...(readVision(body) ? { "copilot-vision-request": "true" } : {}),
  };
}
