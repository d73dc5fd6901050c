import type { Clock } from "../base/clock.ts";
import { withTimeout } from "../base/with-timeout.ts";

/** How much of an error's body is read to recognize a rejection, and how long that may take. */
const MAX_PEEK_CHARS = 16_384;
const PEEK_TIMEOUT = 1_000;

/**
 * Returns the beginning of a body. The caller can still read all of it. If the body stalls or breaks off, this
 * returns what has come so far, and the caller sees the break itself.
 */
export async function peekBody(response: Response, clock: Clock): Promise<string> {
  const reader = response.clone().body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  const read = async (): Promise<void> => {
    while (text.length < MAX_PEEK_CHARS) {
      const part = await reader.read();
      if (part.done) break;
      text += decoder.decode(part.value, { stream: true });
    }
  };
  try {
    await withTimeout(read(), { clock, timeout: PEEK_TIMEOUT, background: true, onTimeout: () => undefined });
  } catch {
    // The body broke off.
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  return text;
}
