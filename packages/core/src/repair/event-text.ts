import type { RepairedEvent } from "../contracts/upstream.ts";

/** Repairs the data of one event; see `AnswerRepair.event`. */
export type RepairEvent = (data: string) => string | readonly RepairedEvent[];

/** Two ends of lines, each of which is CRLF, LF or CR. */
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n)){2}/g;
const LINE_END = /\r\n|\n|\r/;
const BLANK_END = /[\r\n]*$/;

/** Pieces of a text are joined up to this length. To join longer ones takes more time than to encode each. */
const MAX_PIECE = 64 * 1024;
/** Data of this length is a piece of its own. */
const LONG_DATA = 4 * 1024;

/**
 * Repairs the events of a text that ends with an event.
 * @returns the text in pieces, or `undefined` if nothing had to be repaired
 */
export function repairEvents(text: string, repair: RepairEvent): readonly string[] | undefined {
  const hasCr = text.includes("\r");
  const pieces: string[] = [];
  let piece = "";
  let copied = 0;
  const add = (more: string): void => {
    if (piece.length + more.length > MAX_PIECE) {
      pieces.push(piece);
      piece = more;
    } else piece += more;
  };
  for (let start = 0; start < text.length; ) {
    const end = hasCr ? endOfEvent(text, start) : endOfPlainEvent(text, start);
    const event = repairOne(text, start, end, hasCr, repair);
    if (event !== undefined) {
      if (copied < start) add(text.slice(copied, start));
      if (typeof event === "string") add(event);
      else for (const one of event) add(one);
      copied = end;
    }
    start = end;
  }
  if (copied === 0) return undefined;
  if (copied < text.length) add(text.slice(copied));
  pieces.push(piece);
  return pieces;
}

function endOfPlainEvent(text: string, start: number): number {
  const at = text.indexOf("\n\n", start);
  return at === -1 ? text.length : at + 2;
}

function endOfEvent(text: string, start: number): number {
  BLANK_LINE.lastIndex = start;
  return BLANK_LINE.test(text) ? BLANK_LINE.lastIndex : text.length;
}

/** Returns `undefined` if the event stays as it is. */
function repairOne(
  text: string,
  start: number,
  end: number,
  hasCr: boolean,
  repair: RepairEvent,
): string | readonly string[] | undefined {
  if (!hasCr) {
    // The usual event: perhaps a name, and one line of data.
    const at = text.startsWith("event:", start) ? text.indexOf("\n", start) + 1 : start;
    const begin = at + "data: ".length;
    if (text.startsWith("data: ", at) && text.indexOf("\n", begin) === end - 2) {
      const data = text.slice(begin, end - 2);
      const repaired = repair(data);
      if (repaired === data) return undefined;
      return typeof repaired === "string"
        ? `${text.slice(start, at)}${dataLines(repaired, "\n")}\n\n`
        : formatEvents(repaired);
    }
  }
  return repairLines(text.slice(start, end), repair);
}

/** Repairs an event of any lines: comments, ids, data in several lines. */
function repairLines(event: string, repair: RepairEvent): string | readonly string[] | undefined {
  const eol = LINE_END.exec(event)?.[0] ?? "\n";
  const bom = event.startsWith("\ufeff") ? "\ufeff" : "";
  const end = event.search(BLANK_END);
  const lines = event.slice(bom.length, end).split(LINE_END);
  const isData = (line: string): boolean => line === "data" || line.startsWith("data:");
  const data = lines.filter(isData).map((line) => line.slice(5).replace(/^ /, ""));
  if (data.length === 0) return undefined;
  const before = data.join("\n");
  const repaired = repair(before);
  if (repaired === before) return undefined;
  if (typeof repaired !== "string") return [bom, ...formatEvents(repaired)];
  const first = lines.findIndex(isData);
  const kept = lines.flatMap((line, index) =>
    index === first ? [dataLines(repaired, eol)] : isData(line) ? [] : [line],
  );
  return bom + kept.join(eol) + event.slice(end);
}

/** Writes events that take the place of another one. */
export function formatEvents(events: readonly RepairedEvent[]): readonly string[] {
  const pieces: string[] = [];
  for (const { event, data, comment } of events) {
    const before = `${comment === undefined ? "" : `: ${comment}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
    if (data === undefined) pieces.push(before === "" ? "" : `${before}\n`);
    else if (data.length < LONG_DATA) pieces.push(`${before}${dataLines(data, "\n")}\n\n`);
    // Joined with its line, a long text would be copied once more.
    else pieces.push(`${before}data: `, data.replaceAll("\n", "\ndata: "), "\n\n");
  }
  return pieces;
}

function dataLines(data: string, eol: string): string {
  if (!data.includes("\n")) return `data: ${data}`;
  return data
    .split("\n")
    .map((line) => `data: ${line}`)
    .join(eol);
}
