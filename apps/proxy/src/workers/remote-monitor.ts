import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { TokenFlowError } from "@tokenflow/core";
import { isMonitorPath, isPublicPath } from "../monitor/monitor-paths.ts";
import type { ProxyMonitor } from "../observe/proxy-monitor.ts";
import type { RequestReporter } from "./request-events.ts";

/** Headers of a connection, which is another one on this side. */
const OWN_HEADERS: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding", "date"]);

/** A monitor whose pages and figures come from the primary. @param openTunnel opens a connection to it */
export function createRemoteMonitor(reporter: RequestReporter, openTunnel: () => Duplex): ProxyMonitor {
  return {
    onListen: () => undefined,
    onRequest: (start) => reporter.onRequest(start),
    handles: isMonitorPath,
    isPublic: isPublicPath,
    answer: (_path, request, response, signal) => passOn(request, response, { openTunnel, signal }),
    // The primary ends the event streams.
    close: () => undefined,
  };
}

function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  { openTunnel, signal }: { readonly openTunnel: () => Duplex; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method = "GET", url = "/", headers } = request;
    const passed = httpRequest({
      method,
      path: url,
      headers,
      createConnection: openTunnel,
      signal,
    });
    passed.on("error", () =>
      reject(
        new TokenFlowError("provider.unavailable", "The proxy's own figures cannot be read", {
          hint: "Try again in a moment.",
        }),
      ),
    );
    passed.on("response", (answer) => {
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value !== undefined && !OWN_HEADERS.has(name)) response.setHeader(name, value);
      }
      response.writeHead(answer.statusCode ?? 502);
      // So that a reader sees at once that its event stream is open.
      response.flushHeaders();
      answer.on("error", () => response.destroy());
      answer.pipe(response);
      resolve();
    });
    request.pipe(passed);
  });
}
