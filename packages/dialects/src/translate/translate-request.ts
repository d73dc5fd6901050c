import { DIALECT_NAMES, type Dialect, DialectError } from "../base/dialect.ts";
import { isList, isObject, type JsonObject, type JsonValue, parse } from "../base/json.ts";
import { readChatAnswer, writeChatAnswer } from "../chat/answer.ts";
import { readChatRequest } from "../chat/read-request.ts";
import { createChatReader } from "../chat/read-stream.ts";
import { writeChatRequest } from "../chat/write-request.ts";
import { createChatWriter } from "../chat/write-stream.ts";
import type { Answer, Failure } from "../conversation/answer.ts";
import { findFailure, readOpenAiFailure, writeOpenAiFailure } from "../conversation/openai-failure.ts";
import type { Request } from "../conversation/request.ts";
import type { ServerEvent, StreamEvent, StreamReader, StreamWriter } from "../conversation/stream.ts";
import { createToolNames, type ToolNames } from "../conversation/tool-names.ts";
import { createNotes, type Notes } from "../members/notes.ts";
import { readMessagesAnswer, writeMessagesAnswer } from "../messages/answer.ts";
import { writeMessagesFailure } from "../messages/failure.ts";
import { readMessagesRequest } from "../messages/read-request.ts";
import { createMessagesReader } from "../messages/read-stream.ts";
import { writeMessagesRequest } from "../messages/write-request.ts";
import { createMessagesWriter } from "../messages/write-stream.ts";
import { echoOf, readResponsesAnswer, writeResponsesAnswer } from "../responses/answer.ts";
import { readResponsesRequest } from "../responses/read-request.ts";
import { createResponsesReader } from "../responses/read-stream.ts";
import { writeResponsesRequest } from "../responses/write-request.ts";
import { createResponsesWriter } from "../responses/write-stream.ts";
import { createRestorer, restoreAnswer } from "./restore.ts";

export interface TranslateOptions {
  /** The dialect of the request. @example "messages" */
  readonly from: Dialect;
  /** The dialect that serves the model. @example "responses" */
  readonly to: Dialect;
  /**
   * The most tokens that the model can answer with: Messages demands a limit, which the other dialects leave open.
   * @default 32_000
   * @example 64_000
   */
  readonly maxOutput?: number | undefined;
  /**
   * False if the model cannot be asked to think. OpenAI's services refuse a request that asks such a model; without the
   * words about it, which are listed as left away, it answers.
   * @default true
   * @example false
   */
  readonly reasons?: boolean | undefined;
  /** Returns the time for answers that do not tell when they were made, in milliseconds since 1970. @default Date.now @example () => 0 */
  readonly now?: (() => number) | undefined;
}

/** A translated request, and the way back for its answer. */
export interface Translation {
  /** The body to send to the other dialect's path. */
  readonly body: JsonObject;
  /** The members of the request that were left away, since the caller sees no difference in the answer. */
  readonly left: readonly string[];
  /**
   * Translates a whole answer.
   * @throws DialectError if it is not an answer of the other dialect
   */
  answer(body: JsonValue | undefined): JsonObject;
  /** Translates the body of an answer with an error status. */
  failure(status: number, body: string): JsonObject;
  /** Creates the translator of a stream. */
  stream(): EventTranslator;
}

/** Translates the events of one stream as they come. It holds none back and never throws. */
export interface EventTranslator {
  /** Returns the events that take the place of one with this data, which may be none. */
  event(data: string): readonly ServerEvent[];
  /** Returns the events that the stream lacks, now that it has ended. */
  end(): readonly ServerEvent[];
}

const DEFAULT_MAX_OUTPUT = 32_000;

/**
 * Translates a request to another dialect.
 *
 * @example
 * ```ts
 * const { body, answer } = translateRequest(request, { from: "messages", to: "responses" });
 * const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
 * console.log(answer(await response.json()));
 * ```
 *
 * @throws DialectError that names the member which the other dialect cannot express
 */
export function translateRequest(
  body: JsonObject,
  { from, to, maxOutput = DEFAULT_MAX_OUTPUT, reasons = true, now = Date.now }: TranslateOptions,
): Translation {
  const notes = createNotes(from, to);
  const read = READERS[from](body, notes);
  const request = reasons ? read : withoutReasoning(read, notes);
  const needsFormat = to === "messages" && request.format !== undefined;
  const names = createToolNames(request.tools, to, needsFormat);
  const written = WRITERS[to](request, notes, { names, maxOutput });
  const defaults = { created: Math.floor(now() / 1000) };
  return {
    body: written,
    left: [...notes.left],
    answer(answered) {
      const whole = isObject(answered)
        ? READ_ANSWER[to](requireAnswer(answered, to), request.model)
        : notAnAnswer(to);
      return WRITE_ANSWER[from](restoreAnswer(whole, names, defaults), body);
    },
    failure: (status, text) => writeFailure(from, readFailure(status, text)),
    stream() {
      let made: StreamSteps | undefined;
      // Made at the first event: a whole answer needs none.
      const steps = (): StreamSteps =>
        (made ??= {
          reader: STREAM_READERS[to](request.model),
          restore: createRestorer(names, defaults),
          writer: createWriter(from, request, body),
        });
      const pass = ({ reader, restore, writer }: StreamSteps, data?: string): readonly ServerEvent[] => {
        const written: ServerEvent[] = [];
        for (const event of data === undefined ? reader.end() : reader.read(data))
          for (const restored of restore(event)) written.push(...writer.write(restored));
        return written;
      };
      return { event: (data) => pass(steps(), data), end: () => pass(steps()) };
    },
  };
}

interface StreamSteps {
  readonly reader: StreamReader;
  readonly restore: (event: StreamEvent) => readonly StreamEvent[];
  readonly writer: StreamWriter;
}

const REASONING_MEMBERS: Readonly<Record<Dialect, string>> = {
  chat: "reasoning_effort",
  responses: "reasoning",
  messages: "thinking",
};

function withoutReasoning(request: Request, notes: Notes): Request {
  if (request.reasoning) notes.leave(REASONING_MEMBERS[notes.from]);
  return { ...request, reasoning: undefined };
}

interface WriteOptions {
  readonly names: ToolNames;
  readonly maxOutput: number;
}

const READERS: Readonly<Record<Dialect, (body: JsonObject, notes: Notes) => Request>> = {
  chat: readChatRequest,
  responses: readResponsesRequest,
  messages: readMessagesRequest,
};

const WRITERS: Readonly<
  Record<Dialect, (request: Request, notes: Notes, options: WriteOptions) => JsonObject>
> = {
  chat: (request, _notes, { names }) => writeChatRequest(request, names),
  responses: (request, notes, { names }) => writeResponsesRequest(request, notes, names),
  messages: writeMessagesRequest,
};

const READ_ANSWER: Readonly<Record<Dialect, (body: JsonObject, model: string) => Answer>> = {
  chat: readChatAnswer,
  responses: readResponsesAnswer,
  messages: readMessagesAnswer,
};

const WRITE_ANSWER: Readonly<Record<Dialect, (answer: Answer, request: JsonObject) => JsonObject>> = {
  chat: writeChatAnswer,
  responses: (answer, request) => writeResponsesAnswer(answer, echoOf(request)),
  messages: writeMessagesAnswer,
};

const STREAM_READERS: Readonly<Record<Dialect, (model: string) => StreamReader>> = {
  chat: createChatReader,
  responses: createResponsesReader,
  messages: createMessagesReader,
};

function createWriter(from: Dialect, request: Request, body: JsonObject): StreamWriter {
  if (from === "chat") return createChatWriter(request.includeUsage);
  return from === "responses" ? createResponsesWriter(echoOf(body)) : createMessagesWriter();
}

/** The member in which each dialect has its answer. */
const ANSWER_MEMBERS: Readonly<Record<Dialect, string>> = {
  chat: "choices",
  responses: "output",
  messages: "content",
};

/** @throws DialectError if the body is no answer, or tells of a failure */
function requireAnswer(body: JsonObject, dialect: Dialect): JsonObject {
  const { error, status } = body;
  if (dialect === "responses" && status === "failed")
    throw new DialectError("status", readOpenAiFailure({ error: error ?? null }).message);
  if (isList(body[ANSWER_MEMBERS[dialect]])) return body;
  const failure = findFailure(body);
  if (failure) throw new DialectError("error", failure.message);
  return notAnAnswer(dialect);
}

function notAnAnswer(dialect: Dialect): never {
  const member = ANSWER_MEMBERS[dialect];
  throw new DialectError(
    member,
    `The answer has no "${member}", so it is not one of ${DIALECT_NAMES[dialect]}`,
  );
}

/** The most characters of an error that is no JSON. */
const MAX_MESSAGE = 1_000;

function readFailure(status: number, text: string): Failure {
  const body = parse(text);
  const failure = isObject(body)
    ? readOpenAiFailure(body)
    : { message: text.trim().slice(0, MAX_MESSAGE) || `HTTP status ${status}` };
  return { ...failure, status };
}

/** Writes an error as the clients of a dialect expect it. */
export function writeFailure(dialect: Dialect, failure: Failure): JsonObject {
  return dialect === "messages" ? writeMessagesFailure(failure) : writeOpenAiFailure(failure);
}
