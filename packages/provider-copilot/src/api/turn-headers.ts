import type { UpstreamRequest } from "@tokenflow/core/provider";
import { readInitiator, readVision } from "../wire/turn.ts";

/** Headers with which Copilot's own clients describe a request. The caller's own words reach the service. */
const CROSSING = ["x-interaction-type", "x-agent-task-id", "openai-intent", "x-github-api-version"] as const;

export function crossingHeaders({ headers }: UpstreamRequest): Record<string, string> {
  return Object.fromEntries(
    CROSSING.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

/**
 * Returns the headers that depend on the body: who began the turn, which decides how it is billed, and whether it
 * holds images. The caller's own word wins.
 */
export function turnHeaders({ headers, json }: UpstreamRequest): Record<string, string> {
  const stated = statedInitiator(headers);
  if (!json) return { "x-initiator": stated ?? "user" };
  const body = json();
  return {
    "x-initiator": stated ?? readInitiator(body),
    ...(readVision(body) ? { "copilot-vision-request": "true" } : {}),
  };
}

/** Returns what the caller says of the turn: in Copilot's header, or as Claude Code and Codex name a subagent. */
function statedInitiator(headers: UpstreamRequest["headers"]): string | undefined {
  const stated = headers["x-initiator"]?.trim().toLowerCase();
  if (stated === "user" || stated === "agent") return stated;
  const isSubagent = ["x-claude-code-agent-id", "x-openai-subagent"].some((name) => {
    const value = headers[name]?.trim().toLowerCase() ?? "";
    return value !== "" && value !== "false" && value !== "0";
  });
  return isSubagent ? "agent" : undefined;
}
