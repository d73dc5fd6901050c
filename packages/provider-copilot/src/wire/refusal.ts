import type { Refusal, UpstreamAnswer } from "@tokenflow/core/provider";
import { readApiFailure } from "./api-failure.ts";

/** `unsupported beta header(s): a, b`, and Anthropic's own sentence, which some back ends pass on. */
const UNKNOWN_BETAS = [
  /unsupported beta header(?:\(s\)|s)?:?\s*(.+)/i,
  /unexpected value(?:\(s\)|s)?\s+(.+?)\s+for the `?anthropic-beta`? header/i,
];
const PATH = String.raw`[\w$-]+(?:\.[\w$-]+|\[\d+\])*`;
/** Each sentence names one or more members that the API does not know. */
const UNKNOWN_MEMBERS = [
  new RegExp(`(?<![\\w$.\\]'"\`-])(${PATH}):\\s*Extra inputs are not permitted`, "gi"),
  new RegExp(`^Unknown parameter:?\\s*['"\`](${PATH})['"\`]`, "gim"),
  new RegExp(`Unrecognized request arguments? supplied:\\s*(${PATH}(?:,\\s*${PATH})*)`, "gi"),
];
/** `Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.` */
const OTHER_NAME =
  /^Unsupported parameter:?\s*['"`](\w{1,60})['"`] is not supported[^.]{0,60}\. Use ['"`](\w{1,60})['"`] instead/im;
/** A sentence may repeat what the caller sent. In quotes it is no path, except where a pattern has the quotes itself. */
const QUOTED = /(?<!\w)'[^'\n]*'(?!\w)|"[^"\n]*"|`[^`\n]*`/g;
/** Longer sentences are cut, since a path is searched from each of its characters. */
const MAX_SENTENCE = 2_000;
const BETA = /^[\w.-]+$/;
/** A tool that the service itself would have to run: `web_search_20250305`, `the web search tool`. */
const UNSUPPORTED_TOOL = [
  /use of the ([\w -]{1,40}?) tool is not supported/i,
  /input tag '([\w-]{1,60})' found using 'type' does not match any of the expected tags/i,
];
const UNKNOWN_MODEL = "model_not_supported";
/** Limits of one model. The other codes, such as `user_global_rate_limited`, are about the session. */
const MODEL_LIMIT = /(?:^|_)model_(?:\w+_)?(?:rate_?limited|overloaded)/i;

/** Explains a refusal of the Copilot API, by its sentence or its code. */
export function readRefusal({ status, body }: Pick<UpstreamAnswer, "status" | "body">): Refusal | undefined {
  if (status === 429)
    return { limited: MODEL_LIMIT.test(readApiFailure(body).code ?? "") ? "model" : "session" };
  if (status !== 400) return undefined;
  const { code, sentence: whole = "" } = readApiFailure(body);
  if (code === UNKNOWN_MODEL) return { isModelUnknown: true };
  const sentence = whole.slice(0, MAX_SENTENCE);
  const [, from, to] = OTHER_NAME.exec(sentence) ?? [];
  if (from !== undefined && to !== undefined) return { renamed: { [from]: to } };
  const betas = readBetas(sentence);
  const members = readMembers(sentence);
  if (betas.length > 0 || members.length > 0) {
    return { ...(betas.length > 0 ? { headerValues: { "anthropic-beta": betas } } : {}), members };
  }
  const tool = UNSUPPORTED_TOOL.map((pattern) => pattern.exec(sentence)?.[1]).find(
    (name) => name !== undefined,
  );
  return tool === undefined ? undefined : { message: unsupportedTool(tool) };
}

function readBetas(sentence: string): readonly string[] {
  const list = UNKNOWN_BETAS.map((pattern) => pattern.exec(sentence)?.[1]).find(
    (names) => names !== undefined,
  );
  return (list ?? "")
    .split(/[\s,]+/)
    .map((name) => name.replaceAll(/^[`'"[]+|[`'"\].;]+$/g, ""))
    .filter((name) => BETA.test(name));
}

function readMembers(sentence: string): readonly (readonly string[])[] {
  const unquoted = sentence.replaceAll(QUOTED, "''");
  return UNKNOWN_MEMBERS.flatMap((pattern) => [
    ...(pattern.source.startsWith("^") ? sentence : unquoted).matchAll(pattern),
  ])
    .flatMap(([, paths = ""]) => paths.split(/,\s*/))
    .map((path) => path.replaceAll(/\[(\d+)\]/g, ".$1").split("."));
}

function unsupportedTool(tool: string): string {
  const name = tool.replace(/_\d{6,}$/, "").replaceAll("_", " ");
  return `GitHub Copilot does not run the ${name} tool. Switch that tool off in your program; Claude Code: --disallowedTools ${toolName(name)}.`;
}

/** `web search` is `WebSearch` in Claude Code. */
function toolName(words: string): string {
  return words.replaceAll(/(?:^|[ -])(\w)/g, (_all, letter: string) => letter.toUpperCase());
}
