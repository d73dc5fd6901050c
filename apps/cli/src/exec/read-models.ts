import { TokenFlowError } from "@tokenflow/core";
import { asObject, asPlainName, isJsonObject, parseJson } from "@tokenflow/core/provider";

export interface ReadModelsOptions {
  /** The URL of a running proxy. */
  readonly url: string;
  /** The key that the proxy requires. */
  readonly key?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Returns the ids of the models that a running proxy serves.
 * @throws `provider.unavailable` if no proxy responds, `provider.misconfigured` if it requires another key
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
    throw new TokenFlowError("provider.unavailable", `No proxy responds at ${url}`, {
      hint: "Run: tokenflow proxy",
    });
  }
  const { status } = response;
  if (status === 401) {
    throw new TokenFlowError("provider.misconfigured", `The proxy at ${url} requires its key`, {
      hint: "Set TOKENFLOW_PROXY_KEY to that key.",
      status,
    });
  }
  const body = parseJson(await response.text().catch(() => ""));
  const list = isJsonObject(body) ? body["data"] : undefined;
  const models = Array.isArray(list) ? list.flatMap((model) => asPlainName(asObject(model)["id"]) ?? []) : [];
  if (status === 200 && models.length > 0) return models;
  throw new TokenFlowError("provider.unavailable", `The proxy at ${url} returned no models (${status})`, {
    hint: "Read the output of the proxy, or try again.",
    status,
  });
}
