import { readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import type { TokenRequest } from "@tokenflow/services";
import { createJournal, type Entry, type Sender } from "./journal.ts";
import { findResult, type Loss } from "./result.ts";

/**
 * Follows a session from the authorization server to its file, so that each loss has a cause. The server, who kills and
 * this trace are one process with one clock, and each request names its sender, so that the order is never a guess.
 */
export interface SessionTrace extends Disposable {
  /** The variables of a program that is to name itself in its requests. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes note of a request of the token endpoint. */
  readonly onToken: (request: TokenRequest) => void;
  /** Takes note of a kill. Called before the signal is sent. */
  noteKill(pid: number): void;
  /** Takes note of a program's claim that somebody must sign in, for a call that began at the session `before`. */
  noteAsked(before: Entry | undefined): void;
  /** Returns the entry of the server's journal whose grant is in the file now. */
  stored(): Entry | undefined;
  /** @param lifetime of a token, in milliseconds, at the least */
  result(lifetime: number): TraceResult;
}

export interface TraceResult {
  readonly redemptions: number;
  /** Sessions that ended because a process was killed between sending a grant and storing the next. */
  readonly losses: readonly Loss[];
  /** Whatever else ended a session or could have, one sentence each. */
  readonly problems: readonly string[];
  /** Milliseconds from each rotation until its grant was seen in the file, in ascending order. */
  readonly windows: readonly number[];
}

/** The header by which a program names itself. */
const SENDER = "x-sender";
const HOOK = `import { subscribe } from "node:diagnostics_channel";
subscribe("undici:request:create", ({ request }) => request.addHeader("${SENDER}", process.pid + "/" + Date.now()));`;

/** Returns who sent a request, by its own words. */
export function senderOf({ headers }: TokenRequest): Sender {
  const [pid, sentAt] = String(headers[SENDER]).split("/");
  return { pid: Number(pid), sentAt: Number(sentAt) };
}

/** @param folder that of the store; its files are not encrypted */
export function createSessionTrace(folder: string): SessionTrace {
  const journal = createJournal();
  const kills = new Map<number, number>();
  const problems: string[] = [];

  const stored = (): Entry | undefined => {
    for (const { grant, issued_at: issuedAt } of sessionsIn(folder)) {
      const entry = grant?.refreshToken === undefined ? undefined : journal.store(grant.refreshToken);
      // On a busy machine a request waits in its program, which counts the token from before.
      if (entry && issuedAt !== undefined) entry.issuedAt = Date.parse(issuedAt);
      if (entry) return entry;
    }
    return undefined;
  };

  /** The answer is not sent yet, so that the file has the grant that was spent, and the intent of who sent it. */
  const checkIntent = ({ presented }: TokenRequest, { pid }: Sender): void => {
    const session = sessionsIn(folder).find(({ grant }) => grant?.refreshToken === presented);
    // After its death another process may have written an intent.
    if (kills.has(pid) || session?.mark?.owner.split("/")[1] === String(pid)) return;
    problems.push(`Process ${pid} redeemed a grant without its intent in the file`);
  };
  const watcher = watch(folder, (_, name) => {
    if (name?.endsWith(".json")) stored();
  });

  const hasEnded = (entry: Entry): boolean =>
    journal.entries.some(
      ({ family, outcome }) => family === entry.family && (outcome === "reuse" || outcome === "refused"),
    );

  return {
    env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(HOOK)}` },
    onToken(request) {
      const { presented, accepted, accessToken, refreshToken: grant } = request;
      // A poll of a device code that nobody has approved yet.
      if (presented === undefined && !accepted) return;
      // The question whether the server knows a client, which no session belongs to.
      if (presented?.startsWith("is-this-client-known-")) return;
      // The file still has the grant that was just presented.
      stored();
      const sender = senderOf(request);
      journal.record(request, sender, { accessToken, grant });
      if (request.rotatedAt !== undefined) checkIntent(request, sender);
    },
    noteKill(pid) {
      kills.set(pid, performance.now());
    },
    noteAsked(before) {
      const after = stored();
      if ([before, after].some((entry) => entry !== undefined && hasEnded(entry))) return;
      const what = after ? `the session of #${after.number} was alive` : "no server had refused the session";
      problems.push(`Somebody was asked to sign in although ${what}`);
    },
    stored,
    result(lifetime) {
      stored();
      const { entries } = journal;
      const found = findResult(entries, lifetime, kills);
      const redemptions = entries.filter(({ outcome }) => outcome === "rotated");
      const windows = redemptions.flatMap(({ storedAt, decidedAt = 0 }) =>
        storedAt === undefined ? [] : [storedAt - decidedAt],
      );
      return {
        redemptions: redemptions.length,
        // Who is killed between a refusal and its write leaves it to another, who is refused, too.
        losses: [...new Map(found.losses.map((loss) => [loss.spent, loss])).values()],
        problems: [...found.problems, ...problems],
        windows: windows.sort((one, other) => one - other),
      };
    },
    [Symbol.dispose]: () => watcher.close(),
  };
}

interface StoredSession {
  readonly grant?: { readonly refreshToken?: string };
  readonly issued_at?: string;
  readonly mark?: { readonly owner: string };
}

/** Returns the sessions in a folder. A file is whole at every moment, or absent. */
function sessionsIn(folder: string): readonly StoredSession[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      try {
        return JSON.parse(readFileSync(join(folder, name), "utf8")) as StoredSession;
      } catch {
        return [];
      }
    });
}
