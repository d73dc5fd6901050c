import { createHash } from "node:crypto";
import { asErrorCode, asObject, parseJson } from "@tokenflow/core/provider";

/** The facts about a model call that a log may hold: none of its words, and no identifier of the caller. */
export interface CallDetails {
  /** The name that the upstream received. */
  readonly model?: string | undefined;
  /** Who began the turn, as the upstream was told. */
  readonly initiator?: string | undefined;
  /** Eight characters of a hash, the same for all calls of one conversation. */
  readonly interaction?: string | undefined;
  /** The parts that were taken away because the upstream refuses them. */
  readonly without?: readonly string[] | undefined;
  /** The dialects of a call that was translated. @example "messages to responses" */
  readonly translated?: string | undefined;
  /** The members that a translation left away. */
  readonly left?: readonly string[] | undefined;
  /** The code of the upstream's error. */
  readonly upstreamCode?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** The price of the answer, if the upstream tells it. */
  readonly credits?: number | undefined;
}

/** Collects the details of one request. */
export interface CallNotes {
  /** Adds details. Later ones win. */
  add(details: CallDetails): void;
  /** Reads the usage out of a body as it passes. Called again for the body of a retry. */
  readUsage(): (chunk: Buffer) => void;
  /** Returns what is known by now. */
  details(): CallDetails;
}

/** The usage is near the beginning or the end of a body. */
const KEPT = 4_096;
const NANO = 1e9;
const NOTHING = Buffer.alloc(0);

export function createCallNotes(): CallNotes {
  let noted: CallDetails = {};
  let start = NOTHING;
  let end = NOTHING;
  return {
    add(details) {
      noted = { ...noted, ...details };
    },
    readUsage() {
      start = NOTHING;
      end = NOTHING;
      return (chunk) => {
        if (start.length < KEPT) start = Buffer.concat([start, chunk.subarray(0, KEPT - start.length)]);
        end = Buffer.concat([end, chunk.subarray(-KEPT)]).subarray(-KEPT);
      };
    },
    details: () => ({ ...noted, ...usageIn(`${start.toString("latin1")}\n${end.toString("latin1")}`) }),
  };
}

/** Names a conversation in a log without its identifier. */
export function interactionName(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 8);
}

/** Reads the code of an error in any dialect. Everything else in the body may be the caller's own words. */
export function errorCodeIn(body: string): string | undefined {
  const outer = asObject(parseJson(body));
  const { code, type } = asObject(outer["error"] ?? outer);
  return asErrorCode(code) ?? asErrorCode(type);
}

/** Reads the last count of each kind. Inside text of the answer the quotes are escaped, so nothing there is found. */
function usageIn(text: string): CallDetails {
  const inputTokens = lastNumber(text, /"(?:prompt|input)_tokens"\s*:\s*(\d{1,15})/g);
  const outputTokens = lastNumber(text, /"(?:completion|output)_tokens"\s*:\s*(\d{1,15})/g);
  const nano = lastNumber(text, /"total_nano_aiu"\s*:\s*(\d{1,15})/g);
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(nano === undefined ? {} : { credits: nano / NANO }),
  };
}

function lastNumber(text: string, pattern: RegExp): number | undefined {
  const last = [...text.matchAll(pattern)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
