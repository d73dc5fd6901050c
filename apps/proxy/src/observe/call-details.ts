import { createHash } from "node:crypto";
import { asErrorCode, asObject, parseJson } from "@tokenflow/core/provider";
import type { Unpacker } from "../body/unpack.ts";
import type { AnswerUsage } from "./usage-members.ts";
import { createUsageReader, type UsageReader } from "./usage-reader.ts";

/** The facts about a model call that a log may hold: none of its words, and no identifier of the caller. */
export interface CallDetails extends AnswerUsage {
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
}

/** Collects the details of one request. */
export interface CallNotes {
  /** Adds details. Later ones win. */
  add(details: CallDetails): void;
  /**
   * Reads the usage out of a body as it passes. Called again for the body of a retry.
   * @param encoding the body's `Content-Encoding`
   */
  readUsage(encoding: string | undefined, unpacker: Unpacker): (chunk: Buffer) => void;
  /** The request goes to the upstream, so that its answer may cost something. */
  sent(): void;
  /** The upstream answered what was sent last. */
  answered(status: number, isJson: boolean): void;
  /** There was no connection: what was sent last never arrived. */
  notReached(): void;
  wasSent(): boolean;
  /** Returns true if the upstream's answer says that it is JSON. */
  isJson(): boolean;
  /** Returns the upstream's own status; `undefined` if its answer was lost, or has not come. */
  upstreamStatus(): number | undefined;
  /** Returns what is known by now. A promise if the usage must first be decompressed. */
  details(): CallDetails | Promise<CallDetails>;
}

export function createCallNotes(): CallNotes {
  let noted: CallDetails = {};
  let reader: UsageReader | undefined;
  let wasSent = false;
  let upstreamStatus: number | undefined;
  let isJson = false;
  return {
    sent() {
      wasSent = true;
      upstreamStatus = undefined;
    },
    answered(status, json) {
      upstreamStatus = status;
      isJson = json;
    },
    notReached() {
      wasSent = false;
    },
    upstreamStatus: () => upstreamStatus,
    wasSent: () => wasSent,
    isJson: () => isJson,
    add(details) {
      noted = { ...noted, ...details };
    },
    readUsage(encoding, unpacker) {
      const current = createUsageReader(encoding, unpacker);
      reader = current;
      return (chunk) => current.write(chunk);
    },
    details() {
      const usage = reader?.usage();
      if (usage instanceof Promise) return usage.then((unpacked) => ({ ...noted, ...unpacked }));
      return { ...noted, ...usage };
    },
  };
}

/** The names of the last conversations: each has many calls. */
const interactionNames = new Map<string, string>();
const MAX_NAMES = 1_000;

/** Names a conversation in a log without its identifier. */
export function interactionName(id: string): string {
  const known = interactionNames.get(id);
  if (known !== undefined) return known;
  const name = createHash("sha256").update(id).digest("hex").slice(0, 8);
  if (interactionNames.size >= MAX_NAMES) interactionNames.clear();
  interactionNames.set(id, name);
  return name;
}

/** Returns the name of the calling program, without its version and whatever else is in the header. */
export function clientName(userAgent: string | undefined): string | undefined {
  return /^[\w.@-][\w.@/ -]{0,39}?(?=\/|\s|$)/.exec(userAgent ?? "")?.[0].toLowerCase();
}

/** Reads the code of an error in any dialect. Everything else in the body may be the caller's own words. */
export function errorCodeIn(body: string): string | undefined {
  const outer = asObject(parseJson(body));
  const { code, type } = asObject(outer["error"] ?? outer);
  return asErrorCode(code) ?? asErrorCode(type);
}
