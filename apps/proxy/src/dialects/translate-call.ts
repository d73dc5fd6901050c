import type { IncomingHttpHeaders } from "node:http";
import { TokenFlowError } from "@tokenflow/core";
import {
  type AnswerRepair,
  isJsonObject,
  type JsonObject,
  parseJson,
  type RepairedEvent,
} from "@tokenflow/core/provider";
import { DialectError, type Translation, translateRequest } from "@tokenflow/dialects";
import { RequestError } from "../answers/request-error.ts";
import type { RequestBody } from "../body/request-body.ts";
import type { Target } from "../routing/find-target.ts";

/** Decides by its head how a response is repaired. */
type RepairAnswer = (status: number, headers: IncomingHttpHeaders) => AnswerRepair | undefined;

/** A call in the dialect of its model, and the way back for the answer. */
export interface CallTranslation {
  readonly body: RequestBody;
  /** The members that were left away. */
  readonly left: readonly string[];
  /** Returns the request's headers for the other dialect. */
  headers(own: Readonly<Record<string, string>>): Record<string, string>;
  /** Returns the repair of the answer: that of the upstream first, then the translation. */
  repair(upstream: RepairAnswer | undefined): RepairAnswer;
}

/** The version of the API that every service of Messages knows. */
const ANTHROPIC_VERSION = "2023-06-01";
/** Headers of one dialect alone, and those of a body that is another one now. */
const OWN_HEADERS = /^(?:anthropic-|openai-|content-encoding$|accept)/;

/**
 * Translates a call to the dialect that serves its model.
 * @throws RequestError 400 that names the member which that dialect cannot express
 */
export async function translateCall(body: RequestBody, target: Target): Promise<CallTranslation> {
  const translation = translate(await readJson(body), target);
  const { from, to } = target;
  const bytes = Buffer.from(JSON.stringify(translation.body));
  return {
    body: await body.edit(() => bytes),
    left: translation.left,
    headers: (own) => ({
      ...Object.fromEntries(Object.entries(own).filter(([name]) => !OWN_HEADERS.test(name))),
      "content-type": "application/json",
      // What is compressed would have to be unpacked here.
      "accept-encoding": "identity",
      ...(to === "messages" ? { "anthropic-version": ANTHROPIC_VERSION } : {}),
    }),
    repair: (upstream) => (status, headers) =>
      status < 400
        ? translateAnswer(translation, upstream?.(status, headers))
        : {
            contentType: "application/json",
            body: (text) => translateError(translation, { status, text, from }),
          },
  };
}

/** @throws RequestError 400 for a body that is no JSON, or of more values than are built */
export async function readJson(body: RequestBody): Promise<JsonObject> {
  const json = await body.json();
  if (isJsonObject(json)) return json;
  throw new RequestError(
    "request.malformed",
    "The request body is no JSON object, or has too many values to be translated to the dialect of this model.",
  );
}

function translate(json: JsonObject, target: Target): Translation {
  try {
    return translateRequest(json, target);
  } catch (error) {
    if (error instanceof DialectError) throw new RequestError("request.untranslatable", error.message);
    throw error;
  }
}

function translateAnswer(translation: Translation, { event, body, end }: AnswerRepair = {}): AnswerRepair {
  const stream = translation.stream();
  const translateEvents = (repaired: string | readonly RepairedEvent[]): readonly RepairedEvent[] =>
    typeof repaired === "string"
      ? stream.event(repaired)
      : repaired.flatMap((one) => (one.data === undefined ? [one] : stream.event(one.data)));
  return {
    contentType: "application/json",
    event: (data) => translateEvents(event ? event(data) : data),
    end: () => [...translateEvents(end?.() ?? []), ...stream.end()],
    body(text) {
      const repaired = body ? body(text) : text;
      try {
        return JSON.stringify(translation.answer(parseJson(repaired)));
      } catch (error) {
        if (!(error instanceof DialectError)) throw error;
        throw new TokenFlowError("provider.malformed", error.message, { hint: "Try again." });
      }
    },
  };
}

/** Translates an error, unless it has been written for the caller already: only a short one has. */
function translateError(
  translation: Translation,
  { status, text, from }: { readonly status: number; readonly text: string; readonly from: Target["from"] },
): string {
  const json = parseJson(text);
  const { type, error } = isJsonObject(json) ? json : {};
  const isWritten = isJsonObject(error) && (from === "messages") === (type === "error");
  return isWritten ? text : JSON.stringify(translation.failure(status, text));
}
