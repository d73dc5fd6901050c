/** A request with its token, and the same request without it. */
export interface Redirectable {
  readonly url: URL;
  readonly method: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without the token: for addresses that the token must not reach. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  readonly body: string | ArrayBuffer | Uint8Array<ArrayBuffer> | ReadableStream | null;
}

export interface Followed {
  readonly response: Response;
  /** True if the last address is one that the token may be sent to. */
  readonly covered: boolean;
}

/** Fetch standard §4.4, HTTP-redirect fetch. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 20;
const OF_ONE_HOST = ["cookie", "host", "proxy-authorization"];
const OF_A_BODY = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
];

/**
 * Sends a request and follows its redirects by the Fetch standard, with the token only while `covers` allows it.
 * Platforms follow redirects too, but send the token to every path of an origin, and some send it to other origins.
 * @throws TypeError as `fetch` does: too many redirects, one without a target, or one that needs a stream again
 */
export async function followRedirects(
  request: Redirectable,
  send: (url: URL, init: RequestInit) => Promise<Response>,
  covers: (url: URL) => boolean,
): Promise<Followed> {
  let { url, method, body } = request;
  const gone: string[] = [];
  for (let redirects = 0; ; redirects += 1) {
    if (!covers(url)) {
      const headers = without(request.ownHeaders, [...OF_ONE_HOST, ...gone]);
      return { response: await send(url, { method, headers, redirect: "follow", body }), covered: false };
    }
    const headers = gone.length > 0 ? without(request.headers, gone) : request.headers;
    const response = await send(url, { method, headers, redirect: "manual", body });
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return { response, covered: true };
    void response.body?.cancel().catch(() => undefined);
    const next = URL.parse(location, url);
    if (!next || !/^https?:$/.test(next.protocol)) throw failed("the redirect leads nowhere");
    if (redirects === MAX_REDIRECTS) throw failed("redirect count exceeded");
    const { status } = response;
    if (status !== 303 && body instanceof ReadableStream) throw failed("a stream cannot be sent again");
    if (
      (status === 303 && method !== "GET" && method !== "HEAD") ||
      ((status === 301 || status === 302) && method === "POST")
    ) {
      method = "GET";
      body = null;
      gone.push(...OF_A_BODY);
    }
    // The token may be sent to several origins, but the caller's cookie is for the one that it named.
    if (next.origin !== url.origin) gone.push(...OF_ONE_HOST);
    url = next;
  }
}

function without(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

function failed(message: string): TypeError {
  return new TypeError("fetch failed", { cause: new Error(message) });
}
