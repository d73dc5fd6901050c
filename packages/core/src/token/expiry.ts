/** The least of the buffer, but for tokens that live less than twice as long. */
const MIN_BUFFER = 30_000;

/** A `refresh_in` is taken this much earlier, and is nonsense when it is not longer. */
const DUE_MARGIN = 60_000;

/** How long before its true end a token counts as expired: 10 %, at least 30 s, never more than half its lifetime. */
export function expiryBuffer(lifetime: number): number {
  return Math.min(Math.max(lifetime / 10, MIN_BUFFER), lifetime / 2);
}

/**
 * The age at which a token is due for a refresh: by the expiry buffer, or 60 s before the service's own
 * `dueIn` where that comes first. A `dueIn` of 60 s or less, or beyond the lifetime, is ignored.
 */
export function dueAge(lifetime: number, dueIn: number | undefined): number {
  const byBuffer = lifetime - expiryBuffer(lifetime);
  if (dueIn === undefined || !(dueIn > DUE_MARGIN) || dueIn > lifetime) return byBuffer;
  return Math.min(byBuffer, dueIn - DUE_MARGIN);
}
