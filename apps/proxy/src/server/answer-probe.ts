import type { IncomingMessage, ServerResponse } from "node:http";
import type { Auth } from "../access/auth.ts";
import type { KeyBrake } from "../access/key-brake.ts";
import { sendJson } from "../answers/send-response.ts";
import type { Readiness } from "./readiness.ts";

interface ProbeRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

interface ProbeOptions {
  readonly auth: Auth;
  readonly brake: KeyBrake;
  readonly isClosing: () => boolean;
  readonly readReadiness: (isClosing: boolean) => Promise<Readiness>;
}

/** Answers a health check. A caller without the key sees only the status, and a wrong key counts as any other. */
export async function answerProbe(
  probe: "/livez" | "/readyz",
  { request, response, signal }: ProbeRequest,
  options: ProbeOptions,
): Promise<void> {
  if (probe === "/livez") return sendJson(response, 200, { status: "alive" });
  const { auth, brake, isClosing, readReadiness } = options;
  const hasAccess = auth.hasAccess(request);
  if (!hasAccess && auth.presentsKey(request)) await brake.refuse(request.socket.remoteAddress, signal);
  const readiness = await readReadiness(isClosing());
  // A caller without the key sees only the status: the accounts are private.
  const visible = hasAccess ? readiness : { status: readiness.status };
  sendJson(response, readiness.status === "ready" ? 200 : 503, visible);
}

export function isProbe(path: string): boolean {
  return path === "/livez" || path === "/readyz";
}

/** Claude Code looks in this way if the server is there. Such requests are answered, and not logged. */
export function isGreeting(method: string, path: string): boolean {
  return method === "HEAD"
    ? path === "/" || path === "/api/hello"
    : method === "GET" && path === "/api/hello";
}
