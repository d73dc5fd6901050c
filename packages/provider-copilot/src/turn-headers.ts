import { parseJson, type UpstreamRequest } from "@tokenflow/core";
import { readInitiator, readVision } from "./wire/turn.ts";

/**
 * The headers that depend on the request: who began the turn, which decides how it is billed, and whether
 * there are images in it. The caller's own word counts first; nothing here can make a person's turn an agent's.
 */
export function turnHeaders({ headers, body = "" }: UpstreamRequest): Record<string, string> {
  const stated = headers["x-initiator"]?.toLowerCase();
  const isStated = stated === "user" || stated === "agent";
  const mayHoldImage = /"(?:input_)?image/.test(body);
  const parsed = isStated && !mayHoldImage ? undefined : parseJson(body);
  return {
    "x-initiator": isStated ? stated : readInitiator(parsed),
    ...(mayHoldImage && readVision(parsed) ? { "copilot-vision-request": "true" } : {}),
  };
}
