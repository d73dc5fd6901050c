const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Formats a remaining time: `29:04`, `1:02:09`; in days from 48 hours on. */
export function countdown(left: number): string {
  if (left <= 0) return "0:00";
  if (left >= 48 * HOUR) return `${Math.floor(left / (24 * HOUR))} days`;
  const seconds = Math.floor(left / SECOND);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/** Formats a duration: `840 ms`, `3.2 s`, `2 min 5 s`. */
export function duration(value: number): string {
  if (value < SECOND) return `${Math.round(value)} ms`;
  if (value < MINUTE) return `${(value / SECOND).toFixed(1)} s`;
  return `${Math.floor(value / MINUTE)} min ${Math.floor((value % MINUTE) / SECOND)} s`;
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1_000_000) return `${(value / 1000).toFixed(1)} kB`;
  return `${(value / 1_000_000).toFixed(1)} MB`;
}

/** Formats a count: `1 request`, `2 requests`. */
export function count(value: number, noun: string): string {
  return `${value.toLocaleString("en")} ${noun}${value === 1 ? "" : "s"}`;
}

export function timeOfDay(at: number, seconds = true): string {
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Date(at).toLocaleTimeString("en-GB", seconds ? { ...options, second: "2-digit" } : options);
}

export function day(at: number): string {
  return new Date(at).toLocaleDateString("en", { month: "short", day: "numeric" });
}

/** Formats a day of UTC. */
export function utcDay(at: number): string {
  return new Date(at).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" });
}

/** Formats an amount: `1,234`, `0.25`. */
export function amount(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 3 : 1 });
}

/** Formats a part of a whole: `64 %`. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${Math.round((part / whole) * 100)} %`;
}
