import { TokenFlowError } from "@tokenflow/core";
import { isLoopback } from "@tokenflow/core/provider";
import type { ProxyKey } from "../access/auth.ts";
import { isRule } from "../access/key-rules.ts";
import type { ProxySession } from "../routing/route.ts";
import { isNamed } from "../routing/session-name.ts";
import { requireUpstream } from "../routing/upstream.ts";

/**
 * Rejects options with which the proxy could serve nobody, or anybody.
 * @throws `provider.misconfigured`
 */
export function checkOptions({
  sessions,
  keys,
  host,
}: {
  readonly sessions: readonly ProxySession[];
  readonly keys: readonly ProxyKey[];
  readonly host: string;
}): void {
  if (sessions.length === 0)
    throw misconfigured("The proxy has no session", "Pass at least one in `sessions`.");
  for (const { manager } of sessions) requireUpstream(manager.provider);
  if (keys.some(({ secret }) => secret.trim() === ""))
    throw misconfigured("A key is empty", "Set its secret.");
  for (const { name, allow = [] } of keys) {
    const wrong = allow.find((rule) => !isRule(rule));
    if (wrong === undefined) continue;
    throw misconfigured(
      `Key "${name}" has the rule "${wrong.slice(0, 60)}", which is no method and path`,
      "Write rules as GET /models, or POST /chat/*.",
    );
  }
  for (const { name, session } of keys) {
    if (session === undefined || sessions.some(({ manager }) => isNamed(manager, session))) continue;
    throw misconfigured(`Key "${name}" refers to unknown session "${session}"`, "Use the name of a session.");
  }
  if (keys.length === 0 && !isLoopback(host.includes(":") ? `[${host}]` : host)) {
    if (/^(?:unix|fd):/.test(host)) {
      throw misconfigured(
        "Without a key the proxy does not listen on a socket, since it cannot see who connects",
        "Set a key. --key auto makes one.",
      );
    }
    throw misconfigured(
      `Without a key the proxy does not listen on ${host}, since others could use your session`,
      "Set a key, or listen on 127.0.0.1.",
    );
  }
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint });
}
