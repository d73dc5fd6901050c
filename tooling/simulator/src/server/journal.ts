import type { IncomingHttpHeaders } from "node:http";

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
export interface JournalEntry {
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number;
  readonly service: ServiceName;
  readonly kind: Kind;
  readonly method: string;
  /** Without its query. A device code in it is a `*`. */
  readonly path: string;
  /** In lower case, without the secret ones. */
  readonly headers: Readonly<Record<string, string>>;
  /** 0 until an answer has begun. */
  readonly status: number;
  /** The outcome of a poll, an exchange or a call: `pending`, `slow_down`, `granted`, `reused` … */
  readonly outcome?: string | undefined;
  /** Bytes of body sent. */
  readonly bytes: number;
  /** True when it has ended: answered, aborted or broken off. */
  readonly done: boolean;
  /** The client left before the answer was complete. */
  readonly aborted?: boolean | undefined;
  /** It carried a credential that belongs to another host. */
  readonly misdirected?: boolean | undefined;
  /** A fault hit it. */
  readonly fault?: boolean | undefined;
  /** True if a streamed answer was asked for. */
  readonly stream?: boolean | undefined;
  /** How many tokens of a model call came from Copilot's prompt cache. */
  readonly cachedTokens?: number | undefined;
  /** The model that was asked for. */
  readonly model?: string | undefined;
  /** The body of a model call, if the settings say to keep it. */
  readonly body?: string | undefined;
}

/** An entry while it is being written. */
export type JournalDraft = { -readonly [Name in keyof JournalEntry]: JournalEntry[Name] };

/** Counts of received requests, by purpose and outcome. A request that a fault hit counts too. */
export type Counts = ReturnType<typeof createCounts>;

function createCounts() {
  return {
    requests: 0,
    deviceCodes: 0,
    polls: 0,
    slowDowns: 0,
    approvals: 0,
    denials: 0,
    /** Redemptions: Copilot's and Hyper's exchange. */
    exchanges: 0,
    /** GitHub's refresh grant. */
    refreshes: 0,
    /** Access tokens handed out by exchanges. */
    tokens: 0,
    /** Spent grants and codes that came again. Each revoked what it had brought. */
    reuses: 0,
    /** Spent grants that came again within the forgiveness window. */
    forgiven: 0,
    introspections: 0,
    revocations: 0,
    modelCalls: 0,
    streams: 0,
    /** Requests answered 401. */
    refusals: 0,
    /** Credentials sent to a host that is not theirs. */
    misdirected: 0,
    /** Clients that left before the answer was complete. */
    aborted: 0,
    faults: 0,
  };
}

export interface Journal {
  readonly entries: JournalEntry[];
  readonly counts: Counts;
  begin(
    request: Pick<JournalEntry, "service" | "method" | "path">,
    headers: IncomingHttpHeaders,
  ): JournalDraft;
  /** Sets the purpose of the request and counts it. */
  classify(entry: JournalDraft, kind: Kind): void;
}

const COUNTED: Readonly<Partial<Record<Kind, keyof Counts>>> = {
  device_code: "deviceCodes",
  poll: "polls",
  exchange: "exchanges",
  refresh: "refreshes",
  introspection: "introspections",
  revocation: "revocations",
  chat: "modelCalls",
  responses: "modelCalls",
  messages: "modelCalls",
  embeddings: "modelCalls",
};
const SECRET = /^(authorization|proxy-authorization|cookie|x-api-key)$/;
/** The oldest entries go first: a benchmark must not fill the memory. */
const MAX_ENTRIES = 20_000;

export function createJournal(): Journal {
  const entries: JournalEntry[] = [];
  const counts = createCounts();
  return {
    entries,
    counts,
    begin({ service, method, path }, headers) {
      const shown = Object.entries(headers).filter(([name]) => !SECRET.test(name));
      const entry: JournalDraft = {
        at: Date.now(),
        service,
        kind: "unknown",
        method,
        path,
        headers: Object.fromEntries(shown.map(([name, value]) => [name, String(value)])),
        status: 0,
        bytes: 0,
        done: false,
      };
      counts.requests += 1;
      entries.push(entry);
      if (entries.length > MAX_ENTRIES) entries.splice(0, MAX_ENTRIES / 10);
      return entry;
    },
    classify(entry, kind) {
      entry.kind = kind;
      const count = COUNTED[kind];
      if (count) counts[count] += 1;
    },
  };
}
