import type { CallTranslator, DialectCall, TranslatedCall } from "@tokenflow/core/provider";
import { type Dialect, DialectError } from "../base/dialect.ts";
import { type JsonObject, parse } from "../base/json.ts";
import { SEAL_MARK } from "../base/seal.ts";
import { chooseDialect, dialectOfPath } from "./choose-dialect.ts";
import { dropForeignReasoning } from "./drop-foreign-reasoning.ts";
import { type Translation, translateRequest, writeFailure } from "./translate-request.ts";

/** For programs that speak Chat Completions. @example createFetch(manager, { dialect: chat }) */
export const chat: CallTranslator = { translate: (call) => translateFrom("chat", call) };

/** For programs that speak Responses. @example createFetch(manager, { dialect: responses }) */
export const responses: CallTranslator = { translate: (call) => translateFrom("responses", call) };

/** For programs that speak Messages. @example createFetch(manager, { dialect: messages }) */
export const messages: CallTranslator = { translate: (call) => translateFrom("messages", call) };

const CHAT_PATH = "/chat/completions";

function translateFrom(from: Dialect, call: DialectCall): TranslatedCall | undefined {
  const { path, body, text, paths, model } = call;
  if (dialectOfPath(path) !== from) return undefined;
  const listed = model?.endpoints ?? [];
  // Without a word of the catalog Chat Completions is the one that such services are made for.
  const served =
    listed.length > 0
      ? listed
      : paths?.includes(CHAT_PATH) && !serves(paths, from)
        ? [CHAT_PATH]
        : (paths ?? []);
  const to = chooseDialect(from, served);
  const target = to && served.find((one) => dialectOfPath(one) === to);
  if (to === undefined || target === undefined) {
    const cleaned = text.includes(SEAL_MARK) ? dropForeignReasoning(body, from) : body;
    return cleaned === body ? undefined : { path, body: cleaned };
  }
  try {
    const named = model ? { ...body, model: model.id } : body;
    const reasons = to === "messages" || model?.reasoning === true;
    const translation = translateRequest(named, { from, to, maxOutput: model?.maxOutput, reasons });
    return {
      path: target,
      body: translation.body,
      headers: {
        "content-type": "application/json",
        "anthropic-beta": null,
        "anthropic-version": to === "messages" ? "2023-06-01" : null,
        "openai-beta": null,
      },
      repair: (status) => repairOf(translation, status),
    };
  } catch (error) {
    if (!(error instanceof DialectError)) throw error;
    const { message, member } = error;
    return {
      refused: writeFailure(from, { status: 400, message, code: "request.untranslatable", param: member }),
    };
  }
}

function serves(paths: readonly string[], dialect: Dialect): boolean {
  return paths.some((path) => dialectOfPath(path) === dialect);
}

function repairOf(translation: Translation, status: number): ReturnType<NonNullable<Repairing["repair"]>> {
  const stream = translation.stream();
  const write = (answer: JsonObject): string => JSON.stringify(answer);
  return {
    contentType: "application/json",
    event: (data) => stream.event(data),
    end: () => stream.end(),
    body: (text) =>
      write(status >= 400 ? translation.failure(status, text) : translation.answer(parse(text))),
  };
}

type Repairing = Exclude<TranslatedCall, { readonly refused: JsonObject }>;
