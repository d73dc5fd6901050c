import type { Clock } from "../base/clock.ts";

/** Enough of an error's body to recognise a refusal: in characters, and how long they are waited for. */
const MAX_PEEK_CHARS = 16_384;
const PEEK_TIMEOUT = 1_000;

/**
 * The beginning of a body that the caller still reads from its start. A body that stalls or breaks is judged
 * by what has come of it; the caller meets the break itself.
 */
export async function peekBody(response: Response, clock: Clock): Promise<string> {
  const reader = response.clone().body?.getReader();
  if (!reader) return "";
  const done = new AbortController();
  const tooLate = clock.sleep(PEEK_TIMEOUT, { signal: done.signal, background: true }).then(
    () => undefined,
    () => undefined,
  );
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < MAX_PEEK_CHARS) {
      const part = await Promise.race([reader.read(), tooLate]);
      if (!part || part.done) break;
      text += decoder.decode(part.value, { stream: true });
    }
  } catch {
    // Broken off.
  } finally {
    done.abort();
    void reader.cancel().catch(() => undefined);
  }
  return text;
}
