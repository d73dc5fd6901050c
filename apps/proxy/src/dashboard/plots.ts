import uPlot from "uplot";
import type { MinuteView } from "../monitor/proxy-status.ts";
import { element, setText } from "./element.ts";
import { duration, timeOfDay } from "./words.ts";

export interface Plots {
  readonly root: readonly HTMLElement[];
  reset(minutes: readonly MinuteView[]): void;
  /** Adds a minute, or replaces the one with the same start. */
  show(minute: MinuteView): void;
  /** Draws the last hour, up to `now` by the proxy's clock. */
  draw(now: number): void;
  /** Requests and errors of the last hour. */
  readonly totals: { readonly requests: number; readonly errors: number };
}

const MINUTE = 60_000;
const MINUTES = 60;
const HEIGHT = 132;

type Column = readonly (number | null)[];
interface Hour {
  readonly at: readonly number[];
  readonly column: (read: (minute: MinuteView) => number | undefined, otherwise?: number) => Column;
}

interface Plot {
  readonly title: string;
  readonly color: string;
  readonly bars: boolean;
  readonly columns: (hour: Hour) => readonly Column[];
  /** The number above the plot. */
  readonly figure: (minutes: readonly MinuteView[]) => string;
  /** The plot in one sentence, for people who cannot see it. */
  readonly sentence: (minutes: readonly MinuteView[]) => string;
  readonly value: (value: number) => string;
}

const sum = (minutes: readonly MinuteView[], name: "requests" | "errors"): number =>
  minutes.reduce((total, minute) => total + minute[name], 0);
const max = (minutes: readonly MinuteView[], name: "requests" | "errors"): number =>
  Math.max(0, ...minutes.map((minute) => minute[name]));
const last = (minutes: readonly MinuteView[], name: "p50" | "p95"): string => {
  const value = minutes.findLast((minute) => minute[name] !== undefined)?.[name];
  return value === undefined ? "–" : duration(value);
};

const PLOTS: readonly Plot[] = [
  {
    title: "Requests",
    color: "--accent",
    bars: true,
    columns: ({ column }) => [column(({ requests }) => requests, 0)],
    figure: (minutes) => sum(minutes, "requests").toLocaleString("en"),
    sentence: (minutes) => `in the last hour, at most ${max(minutes, "requests")} per minute`,
    value: String,
  },
  {
    title: "Time to first byte",
    color: "--second",
    bars: false,
    columns: ({ column }) => [column(({ p95 }) => p95), column(({ p50 }) => p50)],
    figure: (minutes) => last(minutes, "p50"),
    sentence: (minutes) =>
      last(minutes, "p50") === "–"
        ? "no response yet"
        : `median of the latest minute; 95 % are faster than ${last(minutes, "p95")}`,
    value: duration,
  },
  {
    title: "Errors",
    color: "--bad",
    bars: true,
    columns: ({ column }) => [column(({ errors }) => errors, 0)],
    figure: (minutes) => sum(minutes, "errors").toLocaleString("en"),
    sentence: (minutes) => `in the last hour, at most ${max(minutes, "errors")} per minute`,
    value: String,
  },
];

/** Creates the plots of requests, latency and errors in the last hour. Each has a number and a sentence beside it. */
export function createPlots(): Plots {
  const minutes = new Map<number, MinuteView>();
  const plots = PLOTS.map((plot) => createPlot(plot));

  return {
    root: plots.map(({ root }) => root),
    reset(views) {
      minutes.clear();
      for (const view of views) minutes.set(view.at, view);
    },
    show: (minute) => void minutes.set(minute.at, minute),
    draw(now) {
      const end = Math.floor(now / MINUTE) * MINUTE;
      const at = Array.from({ length: MINUTES }, (_, index) => end - (MINUTES - 1 - index) * MINUTE);
      for (const start of minutes.keys()) if (start < (at[0] ?? 0)) minutes.delete(start);
      const column: Hour["column"] = (read, otherwise) =>
        at.map((moment) => {
          const minute = minutes.get(moment);
          return (minute ? read(minute) : undefined) ?? otherwise ?? null;
        });
      const views = [...minutes.values()].sort((a, b) => a.at - b.at);
      for (const { show } of plots) show({ at, column }, views);
    },
    get totals() {
      const views = [...minutes.values()];
      return { requests: sum(views, "requests"), errors: sum(views, "errors") };
    },
  };
}

function createPlot(plot: Plot): {
  readonly root: HTMLElement;
  show(hour: Hour, minutes: readonly MinuteView[]): void;
} {
  const color = (name: string) => (): string =>
    getComputedStyle(document.documentElement).getPropertyValue(name);
  const figure = element("p", { class: "figure" });
  const sentence = element("p", { class: "soft small" });
  const canvas = element("div", { class: "plot", "aria-hidden": "true" });
  const root = element("div", { class: "card" }, element("h3", {}, plot.title), figure, canvas, sentence);
  const axis: uPlot.Axis = {
    stroke: color("--soft"),
    font: "11px system-ui",
    ticks: { show: false },
    gap: 4,
  };
  const line: uPlot.Series = {
    stroke: color(plot.color),
    width: 1.5,
    points: { show: !plot.bars, size: 3, width: 0, fill: color(plot.color) },
    spanGaps: true,
  };
  const bars = uPlot.paths.bars?.({ size: [0.7, 10], radius: 0.3 });
  const series: uPlot.Series[] = plot.bars
    ? [{ ...line, width: 0, fill: color(plot.color), ...(bars ? { paths: bars } : {}) }]
    : [
        { ...line, dash: [3, 3] },
        { ...line, width: 2 },
      ];
  let chart: uPlot | undefined;
  const options = (width: number): uPlot.Options => ({
    width,
    height: HEIGHT,
    ms: 1,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    // Half a minute on each side, so that a bar is centered on its minute.
    scales: {
      x: { range: (_chart, low, high) => [low - MINUTE / 2, high + MINUTE / 2] },
      y: { range: (_chart, _low, high) => [0, Math.max(high * 1.15, 1)] },
    },
    series: [{}, ...series],
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        gap: 9,
        space: 64,
        values: (_chart, moments) => moments.map((moment) => timeOfDay(moment, false)),
      },
      {
        ...axis,
        grid: { stroke: color("--line"), width: 1 },
        size: 52,
        space: 36,
        values: (_chart, values) =>
          values.map((value) => (plot.bars && value % 1 !== 0 ? "" : plot.value(value))),
      },
    ],
  });
  new ResizeObserver(() => {
    if (canvas.clientWidth > 0) chart?.setSize({ width: canvas.clientWidth, height: HEIGHT });
  }).observe(canvas);

  return {
    root,
    show(hour, minutes) {
      setText(figure, plot.figure(minutes));
      setText(sentence, plot.sentence(minutes));
      const data = [hour.at, ...plot.columns(hour)] as uPlot.AlignedData;
      if (chart) chart.setData(data);
      else if (canvas.clientWidth > 0) chart = new uPlot(options(canvas.clientWidth), data, canvas);
    },
  };
}
