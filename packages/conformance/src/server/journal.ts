import type { IncomingHttpHeaders } from "node:http";

/** One request. It is in the journal from its arrival, and is completed as it is answered. */
export interface JournalEntry {
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number;
  /** The server that it came to, for a journal of several. */
  readonly service: string;
  /** The purpose of the request: `device_code`, `poll`, `refresh` … */
  readonly kind: string;
  readonly method: string;
  /** Without its query. A device code in it is a `*`. */
  readonly path: string;
  /** In lower case, without the secret ones. */
  readonly headers: Readonly<Record<string, string>>;
  /** 0 until an answer has begun. */
  readonly status: number;
  /** The outcome: `pending`, `slow_down`, `granted`, `reused` … */
  readonly outcome?: string | undefined;
  /** Bytes of body sent. */
  readonly bytes: number;
  /** True when it has ended: answered, aborted or broken off. */
  readonly done: boolean;
  /** The client left before the answer was complete. */
  readonly aborted?: boolean | undefined;
  /** A fault hit it. */
  readonly fault?: boolean | undefined;
}

/** An entry while it is being written. */
export type JournalDraft<Entry extends JournalEntry = JournalEntry> = {
  -readonly [Name in keyof Entry]: Entry[Name];
};

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
    /** Refresh grants. */
    refreshes: 0,
    /** Spent grants and codes that came again. Each revoked what it had brought. */
    reuses: 0,
    introspections: 0,
    revocations: 0,
    /** Requests answered 401. */
    refusals: 0,
    /** Clients that left before the answer was complete. */
    aborted: 0,
    faults: 0,
  };
}

export interface Journal<Entry extends JournalEntry = JournalEntry, Extra extends string = never> {
  readonly entries: Entry[];
  readonly counts: Counts & Record<Extra, number>;
  begin(
    request: Pick<Entry, "service" | "method" | "path">,
    headers: IncomingHttpHeaders,
  ): JournalDraft<Entry>;
  /** Sets the purpose of the request and counts it. */
  classify(entry: JournalDraft<Entry>, kind: Entry["kind"]): void;
}

export interface JournalOptions<Extra extends string> {
  /** Counts besides the usual ones, at 0. */
  readonly counts: Readonly<Record<Extra, number>>;
  /** The count that each of the other purposes raises. */
  readonly counted: Readonly<Record<string, Extra | keyof Counts>>;
}

const COUNTED: Readonly<Record<string, keyof Counts>> = {
  device_code: "deviceCodes",
  poll: "polls",
  refresh: "refreshes",
  introspection: "introspections",
  revocation: "revocations",
};
const SECRET = /^(authorization|proxy-authorization|cookie|x-api-key)$/;
/** The oldest entries go first: a benchmark must not fill the memory. */
const MAX_ENTRIES = 20_000;

/** Creates a journal of entries that may have members of the caller's own, which are absent at first. */
export function createJournal<Entry extends JournalEntry = JournalEntry, Extra extends string = never>(
  options?: JournalOptions<Extra>,
): Journal<Entry, Extra> {
  const entries: Entry[] = [];
  const counts = { ...createCounts(), ...options?.counts } as Counts & Record<Extra, number>;
  const counted: Readonly<Record<string, keyof typeof counts>> = { ...COUNTED, ...options?.counted };
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
      entries.push(entry as Entry);
      if (entries.length > MAX_ENTRIES) entries.splice(0, MAX_ENTRIES / 10);
      return entry as JournalDraft<Entry>;
    },
    classify(entry, kind) {
      entry.kind = kind;
      const count = counted[kind];
      if (count !== undefined) (counts as Record<string, number>)[count] = (counts[count] ?? 0) + 1;
    },
  };
}
