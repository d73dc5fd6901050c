import { estimateTokens, loadTokenizer } from "@tokenflow/dialects";
import type { RequestBody } from "../body/request-body.ts";
import { readJson } from "./translate-call.ts";

/** Answers `count_tokens` for a model whose service does not count. */
export async function estimateCall(body: RequestBody): Promise<object> {
  const json = await readJson(body);
  return { input_tokens: estimateTokens(json, await loadTokenizer()) };
}
