import { TokenFlowError } from "@tokenflow/core";
import {
  asNumber,
  asObject,
  asPlainName,
  asString,
  isJsonObject,
  type JsonObject,
  parseJson,
} from "@tokenflow/core/provider";

/** An API that clients speak: Chat Completions, Responses or Anthropic's Messages. */
export type Api = "chat" | "responses" | "messages";

/** A model as a client's settings need it. A limit that the proxy does not list is absent. */
export interface ClientModel {
  readonly id: string;
  /** The APIs that serve it. Absent if the proxy does not list them: then any may. */
  readonly apis?: readonly Api[] | undefined;
  /** True if the proxy translates calls of the other APIs for it. */
  readonly translated?: true | undefined;
  /** The maximum number of tokens in a request and its answer together. */
  readonly contextWindow?: number | undefined;
  /** The maximum number of tokens in a request. */
  readonly maxInput?: number | undefined;
  /** The maximum number of tokens in an answer. */
  readonly maxOutput?: number | undefined;
  readonly vision?: boolean | undefined;
  readonly reasoning?: boolean | undefined;
  /** False for models that do not chat, and for those that the account may not use now. */
  readonly offered: boolean;
}

export interface ReadModelsOptions {
  /** The URL of a running proxy. */
  readonly url: string;
  /** The key that the proxy requires. */
  readonly key?: string | undefined;
  readonly signal: AbortSignal;
}

/** The last segment of a path in a catalogue's `supported_endpoints`. */
const APIS: Readonly<Record<string, Api>> = {
  completions: "chat",
  responses: "responses",
  messages: "messages",
};

/**
 * Returns the models that a running proxy serves.
 * @throws `provider.unavailable` if no proxy responds, `provider.misconfigured` if it requires another key
 */
export async function readModels({ url, key, signal }: ReadModelsOptions): Promise<readonly ClientModel[]> {
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
  const translates = response.headers.get("x-tokenflow-dialects") === "on";
  const models = Array.isArray(list) ? list.flatMap((entry) => readModel(entry, translates)) : [];
  if (status === 200 && models.length > 0) return models;
  throw new TokenFlowError("provider.unavailable", `The proxy at ${url} returned no models (${status})`, {
    hint: "Read the output of the proxy, or try again.",
    status,
  });
}

function readModel(value: unknown, translates: boolean): readonly ClientModel[] {
  const entry = asObject(value);
  const id = asPlainName(entry["id"]);
  if (id === undefined) return [];
  const capabilities = asObject(entry["capabilities"]);
  const limits = asObject(capabilities["limits"]);
  const supports = asObject(capabilities["supports"]);
  const kind = asString(capabilities["type"]);
  const state = asString(asObject(entry["policy"])["state"]);
  const apis = readApis(entry["supported_endpoints"]);
  return [
    {
      id,
      apis,
      ...(translates && apis?.length !== 0 ? { translated: true } : {}),
      contextWindow: positive(limits["max_context_window_tokens"] ?? entry["context_window"]),
      maxInput: positive(limits["max_prompt_tokens"]),
      maxOutput: positive(limits["max_output_tokens"] ?? entry["default_max_tokens"]),
      vision: supports["vision"] === true ? true : undefined,
      reasoning: canReason(supports) || entry["can_reason"] === true ? true : undefined,
      offered:
        (kind === undefined || kind === "chat") &&
        !id.includes("embed") &&
        (state === undefined || state === "enabled"),
    },
  ];
}

function readApis(endpoints: unknown): readonly Api[] | undefined {
  if (!Array.isArray(endpoints) || endpoints.length === 0) return undefined;
  return endpoints.flatMap((path) => APIS[asString(path)?.split("/").at(-1) ?? ""] ?? []);
}

function canReason(supports: JsonObject): boolean {
  const efforts = supports["reasoning_effort"];
  return (
    (Array.isArray(efforts) && efforts.length > 0) ||
    supports["thinking"] === true ||
    supports["adaptive_thinking"] === true
  );
}

function positive(value: unknown): number | undefined {
  const number = asNumber(value);
  return number !== undefined && number > 0 ? number : undefined;
}
