import type { Readable } from "node:stream";

/**
 * Reads lines as MCP has them, until the input ends or the signal aborts. Only a line feed ends a line: Node's readline
 * also ends it at U+2028 and U+2029, which a text in JSON may hold.
 */
export function readLines(input: Readable, take: (line: string) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let rest = "";
    const onData = (text: string): void => {
      if (!text.includes("\n")) return void (rest += text);
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
    };
    const onEnd = (): void => {
      if (rest !== "") take(rest);
      rest = "";
      resolve();
    };
    const onAbort = (): void => {
      input.off("data", onData).pause();
      resolve();
    };
    input.setEncoding("utf8");
    input.on("data", onData);
    for (const end of ["end", "close", "error"]) input.once(end, onEnd);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
