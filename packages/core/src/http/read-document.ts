import type { Http } from "./create-http.ts";
import type { HttpAnswer } from "./http-answer.ts";

const MOVED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;

/**
 * Asks for a public document, such as a server's metadata. Some frameworks redirect it to the same address with a slash
 * at its end, so that three redirects within its origin are followed. Nothing secret is sent.
 *
 * @example
 * ```ts
 * const address = "https://auth.example.com/.well-known/openid-configuration";
 * const { status, json } = await readDocument(address, { http: createHttp() });
 * ```
 *
 * @throws what the request throws; an answer with any status is returned
 */
export async function readDocument(
  url: string,
  { http, signal }: { readonly http: Http; readonly signal?: AbortSignal | undefined },
): Promise<HttpAnswer> {
  const { origin } = new URL(url);
  let address = url;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await http({ method: "GET", url: address, signal });
    const isMoved = MOVED.has(answer.status) && redirects < MAX_REDIRECTS;
    const target = isMoved ? URL.parse(answer.headers.get("location") ?? "", address) : null;
    if (target?.origin !== origin) return answer;
    address = target.href;
  }
}
