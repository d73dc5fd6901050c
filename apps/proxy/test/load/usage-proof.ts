import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReport } from "@tokenflow/proxy/usage";
import { type Simulator, startSimulator } from "@tokenflow/simulator";
import { addressOf, startProgram } from "../fixtures/program.ts";
import { until } from "../fixtures/upstream.ts";

/** The accounts of both sides after many requests. Credits are in billionths. */
export interface UsageProof {
  readonly requests: number;
  /** Answers that callers read to their end. */
  readonly complete: number;
  /** Calls that callers left, or whose answer broke off or was lost. */
  readonly broken: number;
  /** Calls that the service refused. */
  readonly refused: number;
  /** The sums of complete answers, as the proxies counted them and as the service did. */
  readonly counted: number;
  readonly billed: number;
  /** Answers that the proxies counted as unknown. */
  readonly unknown: number;
  /** Calls that broke off before they reached the service, for example on a connection that was just closed. */
  readonly unsent: number;
  /** Calls that were sent again with a new token. */
  readonly retried: number;
  /** Sentences about what does not fit. Empty if both accounts agree. */
  readonly differences: readonly string[];
}

const CALLERS = 24;
const PROXIES = 2;
const NANO = 1e9;

type Fate = "complete" | "broken" | "refused";

/** Each kind of call: its path, its model, and if it is streamed. The last two are translated. */
const KINDS = [
  { path: "/v1/chat/completions", model: "gpt-4.1", stream: false },
  { path: "/v1/chat/completions", model: "gpt-4.1", stream: true },
  { path: "/v1/responses", model: "gpt-5-codex", stream: true },
  { path: "/v1/responses", model: "gpt-5-codex", stream: false },
  { path: "/v1/messages", model: "claude-sonnet-4", stream: true },
  { path: "/v1/messages", model: "claude-sonnet-4", stream: false },
  { path: "/v1/responses", model: "claude-sonnet-4", stream: true },
  { path: "/v1/messages", model: "gpt-5-codex", stream: true },
] as const;

/** Faults of the service's next answer, in turns. */
const FAULTS = [
  { cutAfter: 300 },
  { processed: true, reset: true },
  { status: 500 },
  { streamError: { after: 2, error: { message: "overloaded", type: "overloaded_error" } } },
  { gzip: true },
  { cutAfter: 2_000 },
] as const;

/** Sends mixed requests through two proxies that share one database, and compares their account with the service's. */
export async function proveUsage(requests: number): Promise<UsageProof> {
  const home = await mkdtemp(join(tmpdir(), "tokenflow-usage-"));
  // Exchanged tokens expire in the middle, so that calls are sent again.
  const simulator = await startSimulator({ unknownEditors: true, chunks: 6, chunkDelay: 1 });
  const env = {
    HOME: home,
    TOKENFLOW_HOME: home,
    ...simulator.env,
    TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github"),
  };
  const programs = Array.from({ length: PROXIES }, () => startProgram(["--port", "0"], env));
  try {
    const urls = await Promise.all(programs.map(addressOf));
    const fates = await sendAll(requests, urls, simulator);
    for (const program of programs) {
      program.child.kill("SIGTERM");
      await until(() => program.child.exitCode !== null, "the proxy has ended");
    }
    return compare(fates, join(home, "usage.db"), simulator);
  } finally {
    for (const program of programs) await program[Symbol.asyncDispose]();
    await simulator.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function sendAll(
  requests: number,
  urls: readonly string[],
  simulator: Simulator,
): Promise<ReadonlyMap<string, Fate>> {
  const fates = new Map<string, Fate>();
  let next = 0;
  const keepCalling = async (): Promise<void> => {
    for (let turn = next++; turn < requests; turn = next++) {
      const fault = FAULTS[Math.floor(turn / 11) % FAULTS.length];
      if (turn % 11 === 3 && fault) simulator.fault({ service: "copilot", method: "POST", ...fault });
      if (turn === Math.floor(requests / 2)) simulator.expireTokens();
      const id = `proof-${turn}`;
      fates.set(id, await call(urls[turn % urls.length] ?? "", id, turn));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, keepCalling));
  return fates;
}

/** Makes one call, and leaves every seventh stream before its end. */
async function call(url: string, id: string, turn: number): Promise<Fate> {
  const { path, model, stream } = KINDS[turn % KINDS.length] ?? KINDS[0];
  const leaves = turn % 7 === 2;
  const caller = new AbortController();
  const words = `Turn ${turn} ${"of many words ".repeat(turn % 13)}`;
  const messages = [{ role: "user", content: words }];
  const body = path === "/v1/responses" ? { input: words } : { messages, max_tokens: 100 };
  try {
    const answer = await fetch(url + path, {
      method: "POST",
      signal: caller.signal,
      headers: { "content-type": "application/json", "x-interaction-id": id },
      body: JSON.stringify({ model, stream, ...(path === "/v1/chat/completions" ? { messages } : body) }),
    });
    if (answer.status === 502 || answer.status === 503 || answer.status === 504) {
      await answer.text();
      return "broken";
    }
    if (!answer.ok) {
      await answer.text();
      return "refused";
    }
    if (leaves) {
      await answer.body?.getReader().read();
      caller.abort();
      return "broken";
    }
    const text = await answer.text();
    return stream && !isWhole(text) ? "broken" : "complete";
  } catch {
    return "broken";
  }
}

/** Returns true for a stream that came to its end in any dialect. */
function isWhole(text: string): boolean {
  return /data: \[DONE\]|"type":\s*"(?:message_stop|response\.completed)"/.test(text);
}

function compare(fates: ReadonlyMap<string, Fate>, path: string, { journal }: Simulator): UsageProof {
  const differences: string[] = [];
  const rows = new Map(
    readReport({ path, by: "conversation", since: 0, now: Date.now() }).map((row) => [row.name, row]),
  );
  const bills = new Map<string, number>();
  const seen = new Set<string>();
  let retried = 0;
  for (const { headers, nanoAiu, outcome } of journal) {
    const id = headers["x-interaction-id"];
    if (id === undefined) continue;
    seen.add(id);
    if (outcome === "token_expired") retried += 1;
    if (nanoAiu !== undefined) bills.set(id, nanoAiu);
  }
  let counted = 0;
  let billed = 0;
  let unknown = 0;
  let unsent = 0;
  const count = { complete: 0, broken: 0, refused: 0 };
  for (const [id, fate] of fates) {
    count[fate] += 1;
    const row = rows.get(createHash("sha256").update(id).digest("hex").slice(0, 8));
    const nano = Math.round((row?.credits ?? 0) * NANO);
    unknown += row?.unknown ?? 0;
    if (row && row.answers + row.unknown > 1) differences.push(`${id} was counted twice`);
    if (fate === "refused" && row) differences.push(`${id} was refused, and was counted`);
    if (fate === "complete") {
      billed += bills.get(id) ?? 0;
      counted += nano;
      if (row?.answers !== 1) differences.push(`${id} was complete, and is not known`);
      else if (nano !== bills.get(id)) differences.push(`${id} was counted as ${nano}, not ${bills.get(id)}`);
    }
    if (fate !== "broken") continue;
    if (!seen.has(id)) unsent += 1;
    if (!row && seen.has(id)) differences.push(`${id} broke off, and was not counted`);
    // Its last bytes may have passed before the caller was gone. Then its price is known, and right.
    else if (row?.answers === 1 && nano !== bills.get(id))
      differences.push(`${id} broke off, and has a wrong price`);
  }
  return { requests: fates.size, ...count, counted, billed, unknown, unsent, retried, differences };
}
