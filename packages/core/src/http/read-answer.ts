import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { isJsonObject, isNestedTooDeep, omitUndefined, parseJson } from "../base/json.ts";
import { abortable } from "../base/with-timeout.ts";
import { type HttpAnswer, isTransient, parseRetryAfter } from "./http-answer.ts";
import type { TransportAnswer } from "./transport.ts";

export interface AnswerReaderOptions {
  /** The server's name, for errors. */
  readonly host: string;
  readonly clock: Clock;
}

/** Reads the answer to one request. */
export interface AnswerReader {
  /**
   * Reads it to its end, or to the end of a JSON object after which the connection breaks: nothing of the answer is
   * missing then, and it may hold the only living grant.
   * @throws what the connection throws; `provider.malformed`, `provider.unavailable` for an answer that nobody should read
   */
  read(answer: Promise<TransportAnswer>, signal: AbortSignal): Promise<HttpAnswer>;
  /** Returns what has arrived until now, if that is a whole JSON object. */
  whole(): HttpAnswer | undefined;
}

const BODY_LIMIT = 1024 * 1024;

export function createAnswerReader({ host, clock }: AnswerReaderOptions): AnswerReader {
  let response: TransportAnswer | undefined;
  let text = "";

  const readBody = async (arrived: TransportAnswer): Promise<void> => {
    const decoder = new TextDecoder();
    let size = 0;
    for await (const chunk of arrived.body ?? []) {
      size += chunk.byteLength;
      if (size > BODY_LIMIT) throw oversized(arrived, `${host} answered more than 1 MiB`);
      text += decoder.decode(chunk, { stream: true });
    }
    text += decoder.decode();
  };

  const whole = (): HttpAnswer | undefined => {
    if (!response || !isJsonObject(parseJson(text))) return undefined;
    return toAnswer(response, text, clock.now());
  };

  return {
    whole,
    async read(answer, signal) {
      // `abortable`, so that an abort also ends the wait for a `fetch` that ignores its signal.
      const arrived = await abortable(answer, signal);
      response = arrived;
      try {
        await abortable(readBody(arrived), signal);
      } catch (error) {
        const broken = signal.aborted || isTokenFlowError(error) ? undefined : whole();
        if (broken) return broken;
        throw error;
      }
      if (isNestedTooDeep(text)) throw oversized(arrived, `${host} answered JSON that is nested too deeply`);
      return toAnswer(arrived, text, clock.now());
    },
  };
}

function toAnswer(response: TransportAnswer, text: string, now: number): HttpAnswer {
  const date = Date.parse(response.header("date") ?? "");
  const facts = {
    json: parseJson(text),
    date: Number.isNaN(date) ? undefined : date,
    retryAfter: parseRetryAfter(response.header("retry-after"), now),
  };
  return {
    status: response.status,
    get headers() {
      return response.headers;
    },
    text,
    ...omitUndefined(facts),
  };
}

/** Makes the error for an answer that nobody should read. The grant may have been used. */
function oversized({ status }: TransportAnswer, message: string): TokenFlowError {
  const code = isTransient({ status, json: undefined }) ? "provider.unavailable" : "provider.malformed";
  return new TokenFlowError(code, message, {
    status,
    hint: "Check the service's address, and whether a proxy stands between. Else try again later.",
  });
}
