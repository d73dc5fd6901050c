/**
 * The parts of a loopback OAuth server for tests: device codes with strict time, a journal without secrets, and faults
 * that can hit every answer.
 *
 * @module
 */

// Device codes, and the page on which a person decides.

export {
  createDeviceCodes,
  type DeviceCodeCounts,
  type DeviceCodeRecord,
  type DeviceCodeSettings,
  type DeviceCodes,
  type PollOutcome,
} from "./device-codes.ts";
export {
  createVerificationPage,
  PAGE_HEADERS,
  type PageAnswer,
  type VerificationPage,
  type VerificationPageOptions,
} from "./verification-page.ts";

// Every request that arrived.

export {
  type Counts,
  createJournal,
  type Journal,
  type JournalDraft,
  type JournalEntry,
  type JournalOptions,
} from "./journal.ts";

// Answers, and what goes wrong with them.

export { createFaults, type Fault, type Faults, readFault } from "./faults.ts";
export { createReply, type EventStream, type HeaderList, type Reply, type ReplyOptions } from "./reply.ts";

// Small parts.

export { isJsonObject, type JsonObject, type JsonValue, parseJson } from "./json.ts";
export { pause } from "./pause.ts";
export { hex, letters } from "./random-text.ts";
