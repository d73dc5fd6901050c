import { readJsonText } from "../base/json.ts";
import type { Assembler } from "./assembler.ts";
import { createDeltaPattern, type DeltaPattern } from "./delta-pattern.ts";
import type { StreamEvent, StreamReader } from "./stream.ts";

/** Control characters, which JSON does not allow in a text. */
const CONTROL = /[^ -\uffff]/;
/** How many patterns in a row may foretell nothing before no more are made. */
const MAX_MISSES = 8;

export interface StreamReaderSteps {
  /** Reads the data of one event into the assembler. */
  read(data: string): void;
  /** Ends what is open, now that the stream has ended. */
  end(): void;
}

/**
 * Creates the reader of a stream. A delta that differs from the one before it only in its text is recognized without
 * being parsed. It changes nothing but the text, since the one before it changed nothing else.
 */
export function createStreamReader(assembler: Assembler, { read, end }: StreamReaderSteps): StreamReader {
  let pattern: DeltaPattern | undefined;
  /** True once the pattern has foretold an event. */
  let isProven = false;
  let misses = 0;

  const learn = (data: string, expected: string | undefined, events: readonly StreamEvent[]): void => {
    const [event] = events;
    const text = events.length === 1 && event?.type === "delta" ? event.text : undefined;
    isProven = text !== undefined && text === expected;
    if (isProven) misses = 0;
    else if (text === undefined || misses >= MAX_MISSES) pattern = undefined;
    else {
      misses += 1;
      pattern = createDeltaPattern(data, text);
    }
  };

  return {
    read(data) {
      const json = pattern?.jsonOf(data);
      const expected = json === undefined ? undefined : readJsonText(json);
      if (isProven && json !== undefined && expected !== undefined) {
        const strict = CONTROL.test(json) ? undefined : json;
        if (assembler.addToLast(expected, strict)) return assembler.take();
      }
      read(data);
      const events = assembler.take();
      learn(data, expected, events);
      return events;
    },
    end() {
      end();
      return assembler.take();
    },
  };
}
