import type { Call, HttpAnswer } from "@tokenflow/core/provider";

const MOVED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;

/**
 * Asks for a document of metadata. Some frameworks redirect it to the same address with a slash at its end, so that
 * redirects within its origin are followed: nothing secret is sent.
 */
export async function readDocument(url: string, { http, signal }: Call): Promise<HttpAnswer> {
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
