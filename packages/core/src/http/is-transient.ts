import { isJsonObject } from "../base/json.ts";
import type { HttpAnswer } from "./create-http.ts";

/** Statuses that say "later": nothing was decided by them. */
export function isTransient({ status, json }: Pick<HttpAnswer, "status" | "json">): boolean {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return true;
  return status < 300 ? !isJsonObject(json) : status < 400;
}
