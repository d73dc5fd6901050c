import { EXIT, parseDuration, UsageError } from "@tokenflow/common";
import { type Command, defineCommand } from "../cli/command.ts";
import { openStore } from "../session/store.ts";
import { formatTable } from "../terminal/format.ts";

type Row = import("@tokenflow/proxy").UsageRow;
type ReportBy = import("@tokenflow/proxy/usage").ReportBy;
type StoreOptions = Parameters<typeof openStore>[0];

const DEFAULT_SINCE = "30d";

export const usage: Command = defineCommand({
  usage: "usage",
  about:
    "Shows the tokens and credits of the answers that passed through the proxy on this machine. An answer that broke off has no figures: it is counted as unknown. Sends no request. What is left of a plan is shown by: tokenflow status --usage.",
  positionals: 0,
  options: {
    by: {
      type: "string",
      value: "name",
      help: "add up by model (default), key, session, client, day or conversation",
    },
    since: {
      type: "string",
      value: "time",
      help: `how far back, such as 24h or 7d (default: ${DEFAULT_SINCE}; kept are 90d)`,
    },
    json: { type: "boolean", help: "print a JSON array" },
    csv: { type: "boolean", help: "print CSV" },
    file: { type: "string", value: "path", help: "another database, the one of the proxy's --usage" },
    fleet: { type: "boolean", help: "add up all proxies with the same --store redis://…, by whole days" },
    forget: { type: "boolean", help: "delete everything that was counted" },
  },
  examples: [
    ["tokenflow usage --since 7d", "a table by model, with bars"],
    ["tokenflow usage --by day --csv", "for a spreadsheet"],
    ["tokenflow usage --fleet --store redis://…", "all proxies of a fleet"],
    ["tokenflow usage --forget", "delete all of it"],
  ],
  async run({ flags }, context) {
    const { terminal } = context;
    const { by = "model", since = DEFAULT_SINCE, json, csv, fleet, forget } = flags;
    if (json && csv) throw new UsageError("--json cannot be combined with --csv");
    if (fleet && flags.file !== undefined) throw new UsageError("--fleet cannot be combined with --file");
    const { REPORTS } = await import("@tokenflow/proxy/usage");
    const reports = fleet ? REPORTS.filter((name) => name !== "conversation") : REPORTS;
    const known = reports.find((name) => name === by);
    if (known === undefined) throw new UsageError(`--by must be one of ${reports.join(", ")}, not "${by}"`);
    const now = Date.now();
    const start = now - parseDuration(since, "--since");
    await using kept = fleet ? await openFleet(context) : await openFile(context, flags.file);
    if (forget) {
      const count = await kept.forget(now);
      terminal.say(`Deleted the usage of ${count} ${count === 1 ? "answer" : "answers"} in ${kept.where}.`);
      return EXIT.done;
    }
    const rows = await kept.read(known, start, now);
    if (json) terminal.print(JSON.stringify(rows, undefined, 2));
    else if (csv) terminal.print(toCsv(known, rows));
    else if (rows.length > 0) terminal.print(await toTable(known, rows));
    else
      terminal.say(
        `No answers since ${new Date(start).toISOString().slice(0, 10)}. They are counted by: tokenflow proxy`,
      );
    return EXIT.done;
  },
});

/** A place in which answers are counted. */
interface Kept extends AsyncDisposable {
  /** For messages. */
  readonly where: string;
  read(by: ReportBy, since: number, now: number): Promise<readonly Row[]>;
  /** Deletes everything, and returns how many answers there were. */
  forget(now: number): Promise<number>;
}

/** Opens the database of this machine's proxy. */
async function openFile(context: StoreOptions, file: string | undefined): Promise<Kept> {
  const { readReport, forgetUsage } = await import("@tokenflow/proxy/usage");
  const path = file ?? (await defaultPath(context));
  const read = async <Result>(work: () => Result): Promise<Result> => {
    try {
      return work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown";
      throw new UsageError(
        `${path} cannot be read: ${reason}`,
        "Move the file away, or name another by --file.",
      );
    }
  };
  return {
    where: path,
    read: (by, since, now) => read(() => readReport({ path, by, since, now })),
    forget: (now) => read(() => forgetUsage(path, now)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * Opens what all proxies with the store of the settings have counted.
 * @throws UsageError if that store has no sums
 */
async function openFleet(context: StoreOptions): Promise<Kept> {
  const { readFleetReport, forgetFleetUsage } = await import("@tokenflow/proxy/usage");
  const storeContext = await openStore(context);
  const { sums, where } = storeContext;
  if (!sums) {
    await storeContext[Symbol.asyncDispose]();
    throw new UsageError(
      `--fleet needs a store in Redis, not ${storeContext.kind}`,
      "Name it by --store redis://… or TOKENFLOW_STORE.",
    );
  }
  return {
    where,
    read: async (by, since, now) => (by === "conversation" ? [] : readFleetReport(sums, { by, since, now })),
    forget: (now) => forgetFleetUsage(sums, now),
    [Symbol.asyncDispose]: () => storeContext[Symbol.asyncDispose](),
  };
}

async function defaultPath(context: StoreOptions): Promise<string> {
  const [{ join }, { USAGE_FILE }] = await Promise.all([
    import("node:path"),
    import("@tokenflow/proxy/program"),
  ]);
  await using storeContext = await openStore(context);
  return join(storeContext.folder(), USAGE_FILE);
}

const COLUMNS = ["answers", "unknown", "input", "cached", "output", "reasoning", "credits"] as const;
const BAR = 20;

/** The bar shows the part of the credits, or of the tokens if nothing has a price. */
function toTable(by: string, rows: readonly Row[]): Promise<string> {
  const hasPrice = rows.some(({ credits }) => credits > 0);
  const sizeOf = (row: Row): number => (hasPrice ? row.credits : row.input + row.output);
  const most = Math.max(...rows.map(sizeOf), 1e-9);
  const sumOf = (name: (typeof COLUMNS)[number]): number => rows.reduce((sum, row) => sum + row[name], 0);
  const text = (name: (typeof COLUMNS)[number], value: number): string =>
    name === "credits" ? value.toFixed(2) : String(value);
  return formatTable(
    [by.toUpperCase(), ...COLUMNS.map((name) => name.toUpperCase()), ""],
    [
      ...rows.map((row) => [
        row.name ?? "–",
        ...COLUMNS.map((name) => text(name, row[name])),
        "#".repeat(Math.round((sizeOf(row) / most) * BAR)),
      ]),
      ...(rows.length > 1 ? [["all", ...COLUMNS.map((name) => text(name, sumOf(name))), ""]] : []),
    ],
  );
}

/** A field that begins like a formula would be run by a spreadsheet. */
function toCsv(by: string, rows: readonly Row[]): string {
  const field = (value: string): string => {
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => [field(row.name ?? ""), ...COLUMNS.map((name) => String(row[name]))]);
  return [[by, ...COLUMNS], ...lines].map((line) => line.join(",")).join("\n");
}
