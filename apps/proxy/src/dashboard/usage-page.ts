import { addRows, type UsageReport, type UsageRow } from "../observe/proxy-usage.ts";
import type { Api } from "./api.ts";
import { dayBars } from "./day-bars.ts";
import { byId, element, setText } from "./element.ts";
import { usageTable } from "./usage-table.ts";
import { amount, percent } from "./words.ts";

/** The page about tokens and credits. */
export interface UsagePage {
  /** Loads the figures, and again while the page is shown. */
  open(): void;
  close(): void;
}

const RANGES = [7, 30, 90] as const;
const RELOAD = 30_000;

export function createUsagePage(api: Api): UsagePage {
  let days: number = 30;
  let timer: ReturnType<typeof setInterval> | undefined;
  let loading: AbortController | undefined;
  const figures = element("div", { class: "figures" });
  const plot = element("div", { class: "card" });
  const models = element("div");
  const conversations = element("div");
  const problem = element("p", { class: "bad", role: "alert" });
  const buttons = RANGES.map((range) =>
    element("button", { type: "button", class: "quiet", click: () => choose(range) }, `${range} days`),
  );
  byId("usage-page", HTMLElement).append(
    element("div", { class: "row ranges", role: "group", "aria-label": "Time" }, ...buttons),
    problem,
    element("section", {}, element("h2", {}, "Together"), figures),
    element("section", {}, element("h2", {}, "By day"), plot),
    element("section", {}, element("h2", {}, "By model"), models),
    element("section", {}, element("h2", {}, "Most expensive conversations"), conversations),
  );

  const choose = (range: number): void => {
    days = range;
    void load();
  };
  const load = async (): Promise<void> => {
    for (const [index, button] of buttons.entries())
      button.setAttribute("aria-pressed", String(RANGES[index] === days));
    loading?.abort();
    const own = new AbortController();
    loading = own;
    try {
      const response = await api.get(`/api/usage?days=${days}`, own.signal);
      // No check of the data: the page and the proxy that served it have the same version.
      show((await response.json()) as UsageReport);
      setText(problem, "");
    } catch (error) {
      if (!own.signal.aborted) setText(problem, error instanceof Error ? error.message : String(error));
    }
  };
  const show = (report: UsageReport): void => {
    const total = report.days.reduce(addRows, NOTHING);
    const hasPrice = total.credits > 0;
    const sizeOf = (row: UsageRow): number => (hasPrice ? row.credits : row.input + row.output);
    const unit = hasPrice ? "credits" : "tokens";
    figures.replaceChildren(
      figure("Credits", hasPrice ? amount(total.credits) : "–", "as the service counts them"),
      figure("Answers", amount(total.answers), `and ${amount(total.unknown)} whose cost is unknown`),
      figure("Cache rate", percent(total.cached, total.input), `of ${amount(total.input)} input tokens`),
      figure("Output", amount(total.output), `tokens, ${amount(total.reasoning)} of them reasoning`),
    );
    plot.replaceChildren(...dayBars(report, sizeOf, unit));
    models.replaceChildren(usageTable("Model", report.models, sizeOf));
    conversations.replaceChildren(
      usageTable("Conversation", report.conversations, sizeOf),
      element(
        "p",
        { class: "soft small" },
        "A conversation is named by a part of a hash. Nothing of what was said is stored.",
      ),
    );
  };

  return {
    open() {
      void load();
      timer ??= setInterval(() => void load(), RELOAD);
    },
    close() {
      clearInterval(timer);
      timer = undefined;
      loading?.abort();
    },
  };
}

function figure(title: string, value: string, about: string): HTMLElement {
  return element(
    "div",
    { class: "card" },
    element("h3", {}, title),
    element("p", { class: "figure" }, value),
    element("p", { class: "soft small" }, about),
  );
}

const NOTHING: UsageRow = {
  name: null,
  answers: 0,
  unknown: 0,
  input: 0,
  cached: 0,
  output: 0,
  reasoning: 0,
  credits: 0,
};
