import { createServer } from "node:http";
import { dialectOf } from "../answers/dialect.ts";
import { readError } from "../answers/error-response.ts";
import { destroyResponse, sendError } from "../answers/send-response.ts";
import type { AnsweredCall, UsageOwner } from "../observe/proxy-usage.ts";
import type { Channel } from "./channel.ts";
import type { PrimaryState } from "./primary-state.ts";
import { createRequestReplay, type RequestEvent } from "./request-events.ts";
import type { WorkerHandlers } from "./serve-limits.ts";
import { createTunnels } from "./tunnels.ts";

/** Counts what one worker's answers cost, and holds budgets. */
export function serveUsage({ usage }: PrimaryState): WorkerHandlers {
  return {
    posts: { record_usage: (call: AnsweredCall) => void usage?.record(call) },
    asks: {
      require_budget: async (owner: UsageOwner) => usage?.require(owner),
      record_usage: async (call: AnsweredCall) => usage?.record(call),
    },
    close: () => undefined,
  };
}

/** Shows the monitor what happens to one worker's requests, and answers its callers' questions about all workers. */
export function serveMonitor(
  { monitor, managers, usage }: PrimaryState,
  channel: () => Channel,
): WorkerHandlers {
  if (!monitor) return { posts: {}, asks: {}, close: () => undefined };
  const server = createServer((request, response) => {
    const left = new AbortController();
    response.on("error", () => undefined);
    response.on("close", () => left.abort());
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    monitor.answer(path, request, response, left.signal).catch((error: unknown) => {
      if (response.headersSent) destroyResponse(response);
      else sendError(response, readError(error), dialectOf(request), "monitor");
    });
  });
  const tunnels = createTunnels(channel, (stream) => void server.emit("connection", stream));
  const requests = createRequestReplay({
    managers,
    monitor,
    onLost: (call) => void usage?.record(call),
  });
  return {
    posts: {
      ...tunnels.handlers.posts,
      request: (event: RequestEvent) => requests.replay(event),
    },
    asks: tunnels.handlers.asks,
    close() {
      tunnels.close();
      requests.close();
    },
  };
}
