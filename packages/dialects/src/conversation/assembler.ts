import type { AnswerEnd, Failure, Usage } from "./answer.ts";
import type { CallPart, Part } from "./parts.ts";
import type { StreamEvent } from "./stream.ts";

interface OpenPart {
  readonly index: number;
  readonly part: Part;
  text: string;
}

/** Puts the events of a stream into the promised order, in whatever order their source came. */
export class Assembler {
  #events: StreamEvent[] = [];
  readonly #open = new Map<string, OpenPart>();
  readonly #closed = new Set<string>();
  /** The part that got the last delta, while it is open. */
  #last: OpenPart | undefined;
  #count = 0;
  #isStarted = false;
  #isOver = false;
  #hasCalls = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  get hasCalls(): boolean {
    return this.#hasCalls;
  }

  /** Returns the events since the last time. */
  take(): readonly StreamEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  start(
    id: string,
    model: string,
    more: { readonly created?: number | undefined; readonly usage?: Usage | undefined } = {},
  ): void {
    if (this.#isStarted || this.#isOver) return;
    this.#isStarted = true;
    this.#events.push({ type: "start", id, model, ...more });
  }

  isOpen(key: string): boolean {
    return this.#open.has(key);
  }

  /** Opens a part under a key of the source, once. */
  open(key: string, part: Part): void {
    if (this.#isOver || this.#open.has(key) || this.#closed.has(key)) return;
    this.start("", "");
    const index = this.#count;
    this.#count += 1;
    if (part.type === "call") this.#hasCalls = true;
    this.#open.set(key, { index, part, text: "" });
    this.#events.push({ type: "part", index, part });
  }

  /** Adds text to an open part. */
  add(key: string, text: string): void {
    const open = this.#open.get(key);
    if (!open || text === "") return;
    this.#last = open;
    this.addToLast(text);
  }

  /**
   * Adds text to the part that got the last delta. Returns false if that is not open.
   * @param json the text as JSON without its quotes
   */
  addToLast(text: string, json?: string): boolean {
    const open = this.#last;
    if (!open || this.#isOver) return false;
    if (text === "") return true;
    open.text += text;
    this.#events.push({ type: "delta", index: open.index, text, json });
    return true;
  }

  /** Returns the text of an open part so far. */
  textOf(key: string): string {
    return this.#open.get(key)?.text ?? "";
  }

  /**
   * Closes a part, with members that are known only now.
   * @param whole the whole text, if the source tells it: the part gets what it lacks
   */
  close(key: string, whole?: string, change?: (part: Part) => Part): void {
    const open = this.#open.get(key);
    if (!open || this.#isOver) return;
    if (whole !== undefined && whole.length > open.text.length && whole.startsWith(open.text)) {
      this.add(key, whole.slice(open.text.length));
    }
    this.#open.delete(key);
    if (this.#last === open) this.#last = undefined;
    this.#closed.add(key);
    const part = withText(open.part, open.text);
    this.#events.push({ type: "done", index: open.index, part: change ? change(part) : part });
  }

  closeAll(): void {
    for (const key of [...this.#open.keys()]) this.close(key);
  }

  ping(): void {
    if (!this.#isOver) this.#events.push({ type: "ping" });
  }

  end(end: AnswerEnd): void {
    if (this.#isOver) return;
    this.start("", "");
    this.closeAll();
    this.#isOver = true;
    this.#events.push({ type: "end", ...end });
  }

  fail(failure: Failure): void {
    if (this.#isOver) return;
    this.closeAll();
    this.#isOver = true;
    this.#events.push({ type: "failure", failure });
  }

  /** The stream has ended without its last event. */
  cut(): void {
    this.fail({
      message: "The stream ended without the end of the answer. Try again.",
      type: "api_error",
      code: "incomplete_stream",
    });
  }
}

function withText(part: Part, text: string): Part {
  if (part.type === "call") return { ...part, input: text } satisfies CallPart;
  return part.type === "text" || part.type === "refusal" || part.type === "reasoning"
    ? { ...part, text }
    : part;
}
