import { isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import { connectionError, systemCode } from "@tokenflow/core/provider";

const NOT_HTTP = /^(?:HPE_|ERR_HTTP_|ERR_INVALID_CHAR$|UND_ERR_(?:HEADERS_OVERFLOW|RES_))/;

/** Returns true if undici's parser refused the answer, or Node refuses to pass its head on. */
function isNotHttp(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "HTTPParserError" || NOT_HTTP.test(systemCode(error) ?? "");
}

/** Says what went wrong with a request to an upstream, and who is to blame. */
export function toUpstreamError(
  error: unknown,
  host: string,
  { headersSent, proxy }: { readonly headersSent: boolean; readonly proxy?: string | undefined },
): TokenFlowError {
  if (isTokenFlowError(error)) return error;
  const code = systemCode(error);
  if (!headersSent && isNotHttp(error)) {
    return new TokenFlowError("provider.malformed", `${host} answered what is not valid HTTP`, {
      hint: "The fault is the service's, or of a program on the way to it. Try again later.",
    });
  }
  if (!headersSent) return connectionError(error, host, { proxy });
  // Clients in whose dialect an error in a stream has no status know by these words that a retry may help.
  const message = `Connection lost in the middle of the response from ${host}${code === undefined ? "" : ` (${code})`}`;
  return new TokenFlowError("provider.unavailable", message, {
    hint: "The response is incomplete. Try again.",
  });
}
