import { escapeControls } from "@tokenflow/common";
import type { ProxyLogEntry } from "../observe/log.ts";
import { readProblem } from "./problem.ts";
import type { LogFormat } from "./settings.ts";

export type LogWriter = (entry: ProxyLogEntry) => void;

/**
 * Creates a writer of log lines to stderr. Entries contain no secrets. Pino is loaded only for JSON.
 * @param say writes one line for people
 */
export async function createLogWriter(format: LogFormat, say: (line: string) => void): Promise<LogWriter> {
  if (format === "json") return createJsonWriter();
  return (entry) => {
    if (entry.type === "failure") return say(`request ${entry.id}: ${readProblem(entry.error).line}`);
    if (format === "none") return;
    if (entry.type === "learned") {
      return say(`${entry.host} refuses ${entry.parts.join(", ")}; left out for an hour`);
    }
    const { id, method, path, status = "-", outcome, duration, key, code, model, upstreamCode } = entry;
    const extra = [key, model, code ?? upstreamCode].filter((part) => part !== undefined).join(" ");
    say(`${id} ${method} ${path} ${status} ${outcome} ${Math.round(duration)} ms ${extra}`.trimEnd());
  };
}

async function createJsonWriter(): Promise<LogWriter> {
  const { pino } = await import("pino");
  // Synchronous, so that the last line before the process ends is written.
  const destination = pino.destination({ dest: 2, sync: true });
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => destination.write(escapeControls(line)) },
  );
  return (entry) => {
    if (entry.type === "failure") {
      return log.error({ id: entry.id, problem: readProblem(entry.error).line }, "failure");
    }
    if (entry.type === "learned") return log.info({ host: entry.host, parts: entry.parts }, "learned");
    const { type, duration, ...rest } = entry;
    log.info({ ...rest, duration: Math.round(duration) }, type);
  };
}
