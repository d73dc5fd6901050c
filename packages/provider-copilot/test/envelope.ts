import type { Answer } from "@tokenflow/core/testing";

/** The start of fake clocks. */
export const start: number = Date.UTC(2026, 0, 1);

/** A good exchange, half an hour long. */
export function envelope(changes: Readonly<Record<string, unknown>> = {}): Answer {
  return {
    headers: { date: new Date(start).toUTCString() },
    json: { token: "tid=1;exp=2:mac", expires_at: start / 1000 + 1800, refresh_in: 1500, ...changes },
  };
}
