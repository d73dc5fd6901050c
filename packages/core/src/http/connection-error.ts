import { systemCode, TokenFlowError } from "../base/errors.ts";

/** What the platforms say when a request surely never left. */
const NEVER_SENT = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/**
 * A connection that failed, in words that can be shown: the system's code for it, and what to do. What else
 * the platform's error holds is left behind.
 */
export function connectionError(error: unknown, host: string): TokenFlowError {
  const { code, syscall } = systemError(error);
  const certificate = CERTIFICATE.test(code);
  // A network that turns unreachable is told of connections that stand, too: those had sent something.
  const neverLeft = NEVER_SENT.has(code) && syscall !== "read" && syscall !== "write";
  return new TokenFlowError("provider.unavailable", `No answer from ${host}${code ? ` (${code})` : ""}`, {
    hint: certificate
      ? "The certificate is not trusted; NODE_EXTRA_CA_CERTS names a file with your organization's own."
      : "Check the network, then try again.",
    grantUnused: certificate || neverLeft || undefined,
  });
}

/** The code and system call that Node-like platforms put on an error or one of its causes. */
function systemError(error: unknown): { readonly code: string; readonly syscall?: unknown } {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const code = systemCode(cause);
    if (code !== undefined) return { code, syscall: "syscall" in cause ? cause.syscall : undefined };
  }
  return { code: "" };
}
