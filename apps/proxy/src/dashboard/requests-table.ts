import type { RequestView } from "../monitor/proxy-status.ts";
import { element, setText } from "./element.ts";
import { bytes, duration, timeOfDay } from "./words.ts";

export interface RequestsTable {
  readonly root: HTMLElement;
  /** Replaces all rows. */
  reset(views: readonly RequestView[]): void;
  show(view: RequestView): void;
  /** Updates the duration of current requests. */
  tick(now: number): void;
}

const MAX_ROWS = 50;

const COLUMNS = ["Time", "Model", "Path", "Session", "Status", "First byte", "Duration", "Bytes"] as const;
/** The index of the first numeric column. */
const FIRST_NUMBER = 5;

interface Row {
  readonly root: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  view: RequestView;
}

/** Creates the live table of requests, newest first. */
export function requestsTable(): RequestsTable {
  const rows = new Map<string, Row>();
  const body = element("tbody");
  const empty = element(
    "p",
    { class: "soft empty" },
    "No requests yet. Connect a client with one of the lines below.",
  );
  const heads = COLUMNS.map((name, index) =>
    element("th", { scope: "col", class: index >= FIRST_NUMBER ? "number" : undefined }, name),
  );
  const table = element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "The latest requests" },
    element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body),
  );
  const root = element("div", { class: "card flush" }, empty, table);
  table.hidden = true;

  const fill = (row: Row, view: RequestView, now?: number): void => {
    row.view = view;
    const [status, tone] = statusOf(view);
    row.root.dataset["phase"] = view.phase;
    row.root.dataset["tone"] = tone;
    const age =
      now === undefined || view.phase === "ended"
        ? view.duration
        : Math.max(view.duration, now - view.startedAt);
    const texts = [
      timeOfDay(view.startedAt),
      view.model ?? "–",
      view.route,
      view.session ?? "–",
      status,
      view.timeToFirstByte === undefined ? "–" : duration(view.timeToFirstByte),
      duration(age),
      bytes(view.bytes),
    ];
    for (const [index, cell] of row.cells.entries()) setText(cell, texts[index] ?? "");
    row.root.title = detailsText(view);
  };
  const show = (view: RequestView): void => {
    const existing = rows.get(view.id);
    if (existing) return fill(existing, view);
    const cells = COLUMNS.map((_name, index) =>
      element("td", { class: index >= FIRST_NUMBER ? "number" : undefined }),
    );
    const row: Row = { root: element("tr", {}, ...cells), cells, view };
    rows.set(view.id, row);
    fill(row, view);
    body.prepend(row.root);
    empty.hidden = true;
    table.hidden = false;
    for (const [id, old] of rows) {
      if (rows.size <= MAX_ROWS) break;
      if (old.view.phase !== "ended") continue;
      old.root.remove();
      rows.delete(id);
    }
  };

  return {
    root,
    show,
    reset(views) {
      rows.clear();
      body.replaceChildren();
      empty.hidden = views.length > 0;
      table.hidden = views.length === 0;
      for (const view of views) show(view);
    },
    tick(now) {
      for (const row of rows.values()) if (row.view.phase !== "ended") fill(row, row.view, now);
    },
  };
}

/** Returns the text of the status, and its tone. */
function statusOf({ phase, status, outcome, code }: RequestView): readonly [string, "good" | "bad" | "busy"] {
  if (phase === "queued") return ["in the queue", "busy"];
  if (phase === "waiting") return ["waiting", "busy"];
  if (phase === "answering") return [`${status ?? ""} responding`.trim(), "busy"];
  if (outcome === "left") return ["caller disconnected", "good"];
  if (outcome === "cut") return [`${status ?? ""} cut off`.trim(), "bad"];
  return [`${status ?? "–"}${code === undefined ? "" : ` ${code}`}`, (status ?? 500) >= 400 ? "bad" : "good"];
}

/** Returns what else is known of a request, for the pointer. */
function detailsText({ details = {}, code }: RequestView): string {
  const { initiator, interaction, inputTokens, outputTokens, credits, translated, upstreamCode } = details;
  const leftOut = [...(details.without ?? []), ...(details.left ?? [])];
  const facts: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ["error", code ?? upstreamCode],
    ["turn", initiator],
    ["conversation", interaction],
    ["input tokens", inputTokens],
    ["output tokens", outputTokens],
    ["credits", credits],
    ["translated", translated],
    ["left out", leftOut.length > 0 ? leftOut.join(", ") : undefined],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])).join("\n");
}
