import type { Clock } from "../base/clock.ts";
import { withTimeout } from "../base/with-timeout.ts";

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
