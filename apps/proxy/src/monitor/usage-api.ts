import type { ServerResponse } from "node:http";
import { RequestError } from "../answers/request-error.ts";
import { sendJson } from "../answers/send-response.ts";
import type { ProxyUsage, UsageReport } from "../observe/proxy-usage.ts";

const DAY = 86_400_000;
const DEFAULT_DAYS = 30;
/** Single answers are kept that long. */
const MAX_DAYS = 90;

/** Answers `GET /api/usage?days=30`. Requests for the same days at the same time share one report. */
export interface UsageApi {
  /** @throws RequestError if nothing is counted */
  answer(url: string, usage: ProxyUsage | undefined, response: ServerResponse): Promise<void>;
}

export function createUsageApi(now: () => number): UsageApi {
  const running = new Map<number, Promise<UsageReport>>();
  return {
    async answer(url, usage, response) {
      if (!usage?.report) throw new RequestError("request.not_found", "Usage is not counted: --usage off.");
      const asked = Number(new URLSearchParams(url.split("?", 2)[1]).get("days") ?? DEFAULT_DAYS);
      const days = Number.isInteger(asked) && asked > 0 && asked <= MAX_DAYS ? asked : DEFAULT_DAYS;
      const today = Math.floor(now() / DAY) * DAY;
      const report = running.get(days) ?? usage.report(today - (days - 1) * DAY);
      running.set(days, report);
      try {
        sendJson(response, 200, await report);
      } finally {
        running.delete(days);
      }
    },
  };
}
