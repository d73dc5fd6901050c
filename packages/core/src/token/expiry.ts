/** The minimum of the buffer, except for tokens that live for less than twice as long. */
const MIN_BUFFER = 30_000;

/** How much earlier than a service's `dueIn` a token is due. A `dueIn` that is not longer is ignored. */
const DUE_MARGIN = 60_000;

/** Returns how long before its true end a token counts as expired: 10 %, at least 30 s, at most half of its lifetime. */
export function expiryBuffer(lifetime: number): number {
  return Math.min(Math.max(lifetime / 10, MIN_BUFFER), lifetime / 2);
}

/** Returns the age at which a token is due for a refresh: by the expiry buffer, or earlier if the service says so. */
export function dueAge(lifetime: number, dueIn: number | undefined): number {
  const byBuffer = lifetime - expiryBuffer(lifetime);
  return Math.min(byBuffer, serviceDueAge(lifetime, dueIn) ?? byBuffer);
}

/**
 * Returns the age at which a token is due by the service's own `dueIn`: 60 s before it.
 * A `dueIn` of 60 s or less, or beyond the lifetime, counts as absent.
 */
export function serviceDueAge(lifetime: number, dueIn: number | undefined): number | undefined {
  return dueIn !== undefined && dueIn > DUE_MARGIN && dueIn <= lifetime ? dueIn - DUE_MARGIN : undefined;
}
