import { systemCode, TokenFlowError } from "../base/errors.ts";

/** The platforms' codes for a request that was certainly never sent. */
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
 * Returns the error for a failed connection: the system's code, and what to do. Everything else in the platform's
 * error is dropped, since it may hold a secret.
 */
export function connectionError(error: unknown, host: string): TokenFlowError {
  const { code, syscall } = systemError(error);
  const certificate = CERTIFICATE.test(code);
  // A network that becomes unreachable also ends open connections, which have sent something.
  const neverLeft = NEVER_SENT.has(code) && syscall !== "read" && syscall !== "write";
  return new TokenFlowError("provider.unavailable", `No answer from ${host}${code ? ` (${code})` : ""}`, {
    hint: certificate
      ? "The certificate is not trusted. Set NODE_EXTRA_CA_CERTS to a file with your organization's certificates."
      : "Check the network, then try again.",
    grantUnused: certificate || neverLeft || undefined,
  });
}

/** Returns the code and the system call that Node-like platforms put on an error or one of its causes. */
function systemError(error: unknown): { readonly code: string; readonly syscall?: unknown } {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const code = systemCode(cause);
    if (code !== undefined) return { code, syscall: "syscall" in cause ? cause.syscall : undefined };
  }
  return { code: "" };
}
