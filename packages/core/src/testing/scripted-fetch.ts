/** One answer of a script: the parts of a response, a network error, or a function of the request. */
export type Answer =
  | {
      readonly status?: number | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      /** Sent as JSON with the matching content type. */
      readonly json?: unknown;
      readonly text?: string | undefined;
    }
  /** Fails the connection as Node does, with this system code. @example "ECONNRESET" */
  | { readonly error: string }
  /** Never answers: the request must be aborted. */
  | { readonly hang: true }
  | ((request: SeenRequest) => Answer | Promise<Answer>);

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface ScriptedFetch {
  readonly fetch: typeof fetch;
  /** The requests, in order. */
  readonly requests: readonly SeenRequest[];
  /** Appends to the script. */
  add(...answers: readonly Answer[]): void;
}

/**
 * Creates a `fetch` that answers from a script, without a network. After the last entry, that entry answers again if
 * it is a function. Otherwise the request fails.
 */
export function createScriptedFetch(...script: readonly Answer[]): ScriptedFetch {
  const answers = [...script];
  const requests: SeenRequest[] = [];
  const scripted = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const seen: SeenRequest = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: await request.clone().text(),
    };
    requests.push(seen);
    const first = answers[0];
    const answer = typeof first === "function" && answers.length === 1 ? first : answers.shift();
    if (!answer) throw new Error(`The script has no answer left for ${seen.method} ${seen.url}`);
    return respond(answer, seen, request.signal);
  };
  return { fetch: scripted, requests, add: (...more) => void answers.push(...more) };
}

async function respond(answer: Answer, seen: SeenRequest, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  if (typeof answer === "function") return respond(await answer(seen), seen, signal);
  if ("error" in answer) {
    throw new TypeError("fetch failed", {
      cause: Object.assign(new Error(answer.error), { code: answer.error }),
    });
  }
  if ("hang" in answer) {
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
  }
  const { status = 200, headers = {}, json, text } = answer;
  const body = json === undefined ? (text ?? "") : JSON.stringify(json);
  return new Response([101, 204, 205, 304].includes(status) ? null : body, {
    status,
    headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
  });
}
