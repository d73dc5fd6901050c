/** The sender of a request, by its own words. */
export interface Sender {
  readonly pid: number;
  /** The wall-clock time of the request. All processes here share that clock. */
  readonly sentAt: number;
}

/**
 * The fate of a presented grant. `rotated` and `kept`: a token, with and without a new grant. `forgiven`: it had
 * been spent before, and a token came all the same. `reuse`: it had been spent before, and the server treated that
 * as theft. `refused`: refused for any other reason.
 */
export type Outcome = "signed_in" | "rotated" | "kept" | "forgiven" | "reuse" | "refused" | "failed";

/** One presented grant, or one sign-in. All times but `sentAt` are milliseconds of this process's monotonic clock. */
export interface Entry extends Sender {
  readonly number: number;
  /** The grant's name, never the grant. */
  readonly grant: string;
  /** The sign-in that its grant descends from; itself for a sign-in. */
  readonly family: number;
  /** The entry that brought the token which its sender should still have had. */
  readonly origin: Entry | undefined;
  /** The entry that had spent this grant before. */
  readonly spentBy: Entry | undefined;
  readonly presentedAt: number;
  /** The rest is filled in as it happens. */
  outcome?: Outcome;
  /** When the server had decided, and rotated where it rotates. */
  decidedAt?: number;
  /** When the whole answer was handed to the kernel. */
  answeredAt?: number;
  /** When the connection was dropped instead. */
  droppedAt?: number;
  /** When its sender began to count the token's life, by the wall clock, for a scenario that reads it in the store. */
  issuedAt?: number;
  /** When its grant was first seen in the store, for a scenario that watches it. */
  storedAt?: number;
  /** When its token or grant was first seen at the server. */
  firstUse?: { readonly at: number; readonly pid: number };
}

/** A token that was shown to the API. */
export interface Check {
  readonly at: number;
  readonly pid: number;
  readonly accepted: boolean;
}

export interface Issued {
  readonly accessToken?: string | undefined;
  readonly grant?: string | undefined;
}

/** A request that was decided before it is recorded, by the server's own times. */
export interface Decided {
  readonly presented: string | undefined;
  readonly arrivedAt: number;
  readonly rotatedAt?: number | undefined;
  readonly answeredAt: number;
  readonly accepted: boolean;
}

/** The server's log: enough to tell the cause of every loss. */
export interface Journal {
  readonly entries: readonly Entry[];
  readonly checks: readonly Check[];
  /** Records a presented grant, or a device code if there is none. */
  present(grant: string | undefined, sender: Sender): Entry;
  decide(entry: Entry, accepted: boolean, issued: Issued): void;
  /** Records a request of a server that tells of it afterwards. */
  record(request: Decided, sender: Sender, issued: Issued): void;
  /** Records that a grant is in the store. Returns the entry that brought it. */
  store(grant: string): Entry | undefined;
  check(accessToken: string, pid: number, accepted: boolean): void;
  /** Returns when the server replaced this grant by another, or `undefined` if it did not. */
  spentAt(grant: string): number | undefined;
}

export function createJournal(): Journal {
  // Entries contain no secrets, so that a journal can be printed.
  const presented = new Map<Entry, string>();
  const entries: Entry[] = [];
  const checks: Check[] = [];
  const bringers = new Map<string, Entry>();
  const spenders = new Map<string, Entry>();

  const use = (secret: string, pid: number): void => {
    const bringer = bringers.get(secret);
    if (bringer) bringer.firstUse ??= { at: performance.now(), pid };
  };

  const journal: Journal = {
    entries,
    checks,
    present(grant, sender) {
      const origin = grant === undefined ? undefined : bringers.get(grant);
      const number = entries.length + 1;
      const entry: Entry = {
        ...sender,
        number,
        grant: origin ? `the grant of #${origin.number}` : "a device code",
        family: origin?.family ?? number,
        origin,
        spentBy: grant === undefined ? undefined : spenders.get(grant),
        presentedAt: performance.now(),
      };
      entries.push(entry);
      if (grant !== undefined) {
        use(grant, sender.pid);
        presented.set(entry, grant);
      }
      return entry;
    },
    decide(entry, accepted, { accessToken, grant }) {
      const spent = presented.get(entry);
      const rotates = grant !== undefined && grant !== spent;
      entry.decidedAt = performance.now();
      if (!accepted) entry.outcome = entry.spentBy ? "reuse" : "refused";
      else if (spent === undefined) entry.outcome = "signed_in";
      else if (entry.spentBy) entry.outcome = "forgiven";
      else entry.outcome = rotates ? "rotated" : "kept";
      if (!accepted) return;
      if (spent !== undefined && rotates) spenders.set(spent, entry);
      for (const secret of [accessToken, grant ?? spent]) {
        if (secret !== undefined) bringers.set(secret, entry);
      }
    },
    record({ presented: grant, arrivedAt, rotatedAt, answeredAt, accepted }, sender, issued) {
      const entry = journal.present(grant, sender);
      journal.decide(entry, accepted, issued);
      Object.assign(entry, { presentedAt: arrivedAt, decidedAt: rotatedAt ?? answeredAt, answeredAt });
    },
    store(grant) {
      const entry = bringers.get(grant);
      if (entry) entry.storedAt ??= performance.now();
      return entry;
    },
    check(accessToken, pid, accepted) {
      use(accessToken, pid);
      checks.push({ at: performance.now(), pid, accepted });
    },
    spentAt: (grant) => spenders.get(grant)?.decidedAt,
  };
  return journal;
}
