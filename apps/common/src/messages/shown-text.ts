import { sep } from "node:path";
import { homeFolder } from "./home-folder.ts";

/** Writes a path the way people do: `~/.config/tokenflow`. */
export function shortenHome(path: string, home: string | undefined = homeFolder()): string {
  if (path === home) return "~";
  return home && path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}

/** Removes name and password from addresses: `redis://…@host:6379`. A password may contain any character. */
export function hidePasswords(text: string): string {
  return text.replaceAll(/(?<=\w:\/\/)[^\s"]*@/g, "…@");
}

/** Controls, marks that turn the direction of writing or cannot be seen, line separators, and lone surrogates. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Writes every character that could control a terminal as JSON does: `\\u001b`. Only newlines stay. JSON remains the
 * same JSON, since such characters occur only in its strings. The last defense for text that was not cleaned before.
 */
export function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, (mark) => {
    if (mark === "\n") return mark;
    const units = Array.from({ length: mark.length }, (_, index) => mark.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

const two = (part: number): string => String(part).padStart(2, "0");

/** Writes a time in local time: `17:20` today, `2026-11-21 17:20` on another day, with seconds within two minutes. */
export function formatMoment(at: number, now: number): string {
  const moment = new Date(at);
  const today = new Date(now);
  const isNear = Math.abs(at - now) < 120_000;
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}${isNear ? `:${two(moment.getSeconds())}` : ""}`;
  if (moment.toDateString() === today.toDateString()) return time;
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${time}`;
}
