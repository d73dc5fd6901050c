import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { abortable } from "../base/with-timeout.ts";
import type { CallTranslator, TranslatedCall } from "../contracts/dialect.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { Upstream } from "../contracts/upstream.ts";
import { withoutTrailingSlash } from "../http/safe-url.ts";
import { repairResponse } from "../repair/repair-response.ts";
import { asString } from "../wire/read-json.ts";
import type { FindModel } from "./model-names.ts";
import type { TokenFetch, TokenRequestInit } from "./token-fetch.ts";

export interface TranslateCallsOptions {
  readonly manager: TokenManager;
  readonly upstream: Upstream;
  readonly translator: CallTranslator;
  readonly findModel: FindModel;
}

interface Call {
  readonly path: string;
  readonly text: string;
  readonly body: JsonObject;
}

/** Headers of the body that the program sent. */
const OF_THE_BODY = ["content-length", "content-encoding"];

/** Wraps a `fetch` so that it translates model calls. Anything else, and a body that is a stream, passes as it is. */
export function translateCalls(
  send: TokenFetch,
  { manager, upstream, translator, findModel }: TranslateCallsOptions,
): TokenFetch {
  const base = withoutTrailingSlash(upstream.baseUrl);

  const translate = async (
    { path, text, body }: Call,
    signal: AbortSignal | undefined,
  ): Promise<TranslatedCall | undefined> => {
    const name = asString(body["model"]);
    const model = name === undefined ? undefined : await findModel(name, await manager.getToken({ signal }));
    const paths = upstream.paths && Object.values(upstream.paths);
    return translator.translate({ path, text, body, paths, model });
  };

  return async (input: string | URL | Request, init?: TokenRequestInit) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const call = await readCall(base, input, { init, signal });
    const translated = call && (await translate(call, signal));
    if (!translated) return send(input, init);
    if ("refused" in translated) {
      return Response.json(translated.refused, { status: 400, headers: { "x-should-retry": "false" } });
    }
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    for (const header of OF_THE_BODY) headers.delete(header);
    for (const [header, value] of Object.entries(translated.headers ?? {})) {
      if (value === null) headers.delete(header);
      else headers.set(header, value);
    }
    const response = await send(`${base}${translated.path}`, {
      ...init,
      method: "POST",
      headers,
      body: JSON.stringify(translated.body),
      ...(signal ? { signal } : {}),
    });
    return repairResponse(response, translated.repair?.(response.status));
  };
}

/** Reads a POST of JSON below the base URL. Returns `undefined` for any other request. */
async function readCall(
  base: string,
  input: string | URL | Request,
  { init, signal }: { readonly init: TokenRequestInit | undefined; readonly signal: AbortSignal | undefined },
): Promise<Call | undefined> {
  const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
  const address = origin + pathname;
  const method = init?.method ?? (input instanceof Request ? input.method : "GET");
  if (method.toUpperCase() !== "POST" || !address.startsWith(`${base}/`)) return undefined;
  const given = init?.body;
  const text =
    typeof given === "string"
      ? given
      : given === undefined && input instanceof Request
        ? await abortable(input.clone().text(), signal)
        : undefined;
  const body = text === undefined ? undefined : parseJson(text);
  return text !== undefined && isJsonObject(body)
    ? { path: address.slice(base.length), text, body }
    : undefined;
}
