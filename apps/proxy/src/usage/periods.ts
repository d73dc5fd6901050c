/** The time that a budget is for. Days and months are those of UTC, as the services count them. */
export type Period = "run" | CalendarPeriod;
export type CalendarPeriod = "day" | "month";

/** Returns the first day of the period, such as `2026-12-01`. */
export function firstDay(period: CalendarPeriod, now: number): string {
  const day = dayOf(now);
  return period === "day" ? day : `${day.slice(0, 7)}-01`;
}

/** Returns when the period ends, in milliseconds since 1970. */
export function endOf(period: CalendarPeriod, now: number): number {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === "day" ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
}

const DAY = 86_400_000;
let last = { number: Number.NaN, name: "" };

/** Returns the day in UTC, such as `2026-12-31`. Remembers the last one: each request asks for that of today. */
export function dayOf(at: number): string {
  const number = Math.floor(at / DAY);
  if (number !== last.number) last = { number, name: new Date(at).toISOString().slice(0, 10) };
  return last.name;
}
