const two = (part: number): string => String(part).padStart(2, "0");

/** A moment in local time: `17:20` today, `2026-11-21 17:20` on any other day, with seconds where it is near. */
export function formatMoment(at: number, now: number): string {
  const moment = new Date(at);
  const today = new Date(now);
  const near = Math.abs(at - now) < 120_000;
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}${near ? `:${two(moment.getSeconds())}` : ""}`;
  if (moment.toDateString() === today.toDateString()) return time;
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${time}`;
}
