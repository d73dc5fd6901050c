import {
  type Journal as BaseJournal,
  type JournalEntry as BaseJournalEntry,
  createJournal as createBaseJournal,
  type JournalDraft as Draft,
} from "@tokenflow/conformance/server";

export type ServiceName = "github" | "github-api" | "copilot" | "hyper";

/** The purpose of a request. */
export type Kind =
  | "device_code"
  | "poll"
  | "refresh"
  | "exchange"
  | "introspection"
  | "revocation"
  | "page"
  | "user"
  | "usage"
  | "credits"
  | "models"
  | "catalogue"
  | "chat"
  | "responses"
  | "messages"
  | "count_tokens"
  | "embeddings"
  | "unknown";

/** One request. It is in the journal from its arrival, and is completed as it is answered. */
export interface JournalEntry extends BaseJournalEntry {
  readonly service: ServiceName;
  readonly kind: Kind;
  /** It carried a credential that belongs to another host. */
  readonly misdirected?: boolean | undefined;
  /** True if a streamed answer was asked for. */
  readonly stream?: boolean | undefined;
  /** How many tokens of a model call came from Copilot's prompt cache. */
  readonly cachedTokens?: number | undefined;
  /** What a model call cost, in billionths of a credit. */
  readonly nanoAiu?: number | undefined;
  /** The model that was asked for. */
  readonly model?: string | undefined;
  /** The body of a model call, if the settings say to keep it. */
  readonly body?: string | undefined;
}

/** An entry while it is being written. */
export type JournalDraft = Draft<JournalEntry>;

const COUNTS = {
  /** Redemptions: Copilot's and Hyper's exchange. */
  exchanges: 0,
  /** Access tokens handed out by exchanges. */
  tokens: 0,
  /** Spent grants that came again within the forgiveness window. */
  forgiven: 0,
  modelCalls: 0,
  streams: 0,
  /** Credentials sent to a host that is not theirs. */
  misdirected: 0,
};

export type Journal = BaseJournal<JournalEntry, keyof typeof COUNTS>;

/** Counts of received requests, by purpose and outcome. A request that a fault hit counts too. */
export type Counts = Journal["counts"];

export function createJournal(): Journal {
  return createBaseJournal<JournalEntry, keyof typeof COUNTS>({
    counts: COUNTS,
    counted: {
      exchange: "exchanges",
      chat: "modelCalls",
      responses: "modelCalls",
      messages: "modelCalls",
      embeddings: "modelCalls",
    },
  });
}
