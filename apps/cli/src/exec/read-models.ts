import { TokenFlowError } from "@tokenflow/core";
import { isJsonObject, parseJson } from "@tokenflow/core/provider";

export interface ReadModelsOptions {
  /** Of a running proxy. */
  readonly url: string;
  /** What the proxy wants of its callers. */
  readonly key?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The ids of the models that a running proxy serves.
 * @throws `provider.unavailable` where none answers, `provider.misconfigured` where it wants another key
 */
export async function readModels({ url, key, signal }: ReadModelsOptions): Promise<readonly string[]> {
  let response: Response;
  try {
    response = await fetch(`${url}/v1/models`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
  } catch {
    signal.throwIfAborted();
    throw new TokenFlowError("provider.unavailable", `No proxy answers at ${url}`, {
      hint: "Run: tokenflow proxy",
    });
  }
  const { status } = response;
  if (status === 401) {
    throw new TokenFlowError("provider.misconfigured", `The proxy at ${url} wants its key`, {
      hint: "Set TOKENFLOW_PROXY_KEY to it.",
      status,
    });
  }
  const body = parseJson(await response.text().catch(() => ""));
  const list = isJsonObject(body) ? body["data"] : undefined;
  const models = Array.isArray(list)
    ? list.flatMap((model) => (isJsonObject(model) && typeof model["id"] === "string" ? [model["id"]] : []))
    : [];
  if (status === 200 && models.length > 0) return models;
  throw new TokenFlowError("provider.unavailable", `The proxy at ${url} named no models (${status})`, {
    hint: "Look at what the proxy says, or try again.",
    status,
  });
}
