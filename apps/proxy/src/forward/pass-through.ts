import type { Dispatcher } from "undici";
import {
  type BufferedRejection,
  UpstreamResponseHandler,
  type UpstreamResponseOptions,
} from "./upstream-response.ts";

/**
 * Sends one request and writes the answer into the response as it arrives, byte for byte, no faster than
 * the caller reads. Resolves when all of it was handed on; or, with the response untouched, with an answer
 * that refuses the token.
 * @throws undici's error where the upstream failed or broke off, `response.headersSent` tells which; or the
 * signal's reason
 */
export function passThrough(
  dispatcher: Dispatcher,
  options: UpstreamResponseOptions,
): Promise<BufferedRejection | undefined> {
  const { request, response, signal } = options;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const passage = new UpstreamResponseHandler(options, { resolve, reject });
    // The caller's leaving aborts the signal; a listener there costs more.
    response.on("close", passage.leave);
    dispatcher.dispatch(request, passage);
  });
}
