import { EXIT, type SessionStoreContext, UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { problemLine, readProblem } from "../cli/problem.ts";
import { formatCountdown, formatTable } from "../terminal/format.ts";
import { groupUnconfigured, readSessionRows, rowProblem, rowWords, type SessionRow } from "./session-rows.ts";

/** The countdown changes every second, and the sessions are read every second tick. */
const TICK = 1_000;
const TICKS_PER_READ = 2;

/** Shows the sessions until the person presses q or Ctrl-C. */
export async function watchSessions(
  provider: string | undefined,
  storeContext: SessionStoreContext,
  context: Context,
): Promise<number> {
  const screen = context.terminal.openScreen();
  if (!screen) throw new UsageError("--watch needs a terminal", "Run: tokenflow status");
  let rows: readonly SessionRow[] = [];
  let problems: string[] = [];
  const read = async (): Promise<void> => {
    try {
      rows = await readSessionRows(provider, storeContext, context);
      problems = rows.map(rowProblem).filter((problem) => problem !== undefined);
    } catch (error) {
      // The last rows stay visible, and the store is read again later.
      rows = rows.map((row) => ({ ...row, ...UNAVAILABLE }));
      problems = [problemLine(await readProblem(error))];
    }
  };
  try {
    for (let tick = 0; ; tick += 1) {
      if (tick % TICKS_PER_READ === 0) await read();
      const table =
        rows.length > 0 ? await watchTable(rows, Date.now()) : `No sessions in ${storeContext.where}.`;
      screen.draw([...table.split("\n"), ...problems, "", "Press q to quit"]);
      const key = await screen.key(TICK, context.signal);
      if (key === "q") return EXIT.done;
      if (key === "ctrl-c") return EXIT.interrupted;
    }
  } finally {
    screen.close();
  }
}

const UNAVAILABLE = {
  state: "unavailable",
  failure: { code: "store.unavailable", message: "The store is unavailable" },
} as const;

function watchTable(rows: readonly SessionRow[], now: number): Promise<string> {
  const left = (at: number | undefined): string => (at === undefined ? "–" : formatCountdown(at - now));
  return formatTable(
    ["PROVIDER", "ACCOUNT", "LOGIN", "STATE", "VALID FOR", "DUE IN", "STORE"],
    groupUnconfigured(rows).map((row) => [
      row.provider,
      row.account,
      row.login ?? "–",
      rowWords(row),
      left(row.expiresAt),
      left(row.dueAt),
      row.store,
    ]),
  );
}
