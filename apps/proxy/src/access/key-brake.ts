import type { Clock } from "@tokenflow/core";
import { RequestError } from "../answers/request-error.ts";

/**
 * Slows down those who guess keys. Only the answer to a wrong key is held back: a right key is never delayed or
 * refused, from whatever address it comes.
 */
export interface KeyBrake {
  /** The number of wrong keys so far. */
  readonly refused: number;
  /**
   * Counts a wrong key, and waits if there were many from this address.
   * @throws RequestError 429 after the wait
   */
  refuse(address: string | undefined, signal: AbortSignal): Promise<void>;
}

/** A person mistypes a key less often. */
const FREE_FAILURES = 10;
/** After this time without a failure an address is forgotten, in milliseconds. */
const MEMORY = 60_000;
/** How long an answer is held back, in milliseconds. */
const DELAY = 1_000;
/** How many answers to one address are held back; others are sent at once, so that they hold no connection. */
const MAX_HELD = 100;
/** How many addresses are remembered. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  held: number;
  at: number;
}

export function createKeyBrake(clock: Clock): KeyBrake {
  /** The address that failed last is the last one. */
  const addresses = new Map<string, Failures>();
  let refused = 0;

  const failuresOf = (address: string): Failures => {
    const now = clock.monotonicNow();
    const known = addresses.get(address);
    const isKnown = known !== undefined && (known.held > 0 || now - known.at < MEMORY);
    const failures = isKnown ? known : { count: 0, held: 0, at: now };
    failures.at = now;
    addresses.delete(address);
    addresses.set(address, failures);
    const [oldest] = addresses.keys();
    if (addresses.size > MAX_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
    return failures;
  };

  return {
    get refused() {
      return refused;
    },
    async refuse(address, signal) {
      refused += 1;
      const failures = failuresOf(networkOf(address ?? ""));
      failures.count += 1;
      if (failures.count <= FREE_FAILURES) return;
      if (failures.held < MAX_HELD) {
        failures.held += 1;
        await clock.sleep(DELAY, { signal }).finally(() => {
          failures.held -= 1;
        });
      }
      throw new RequestError(
        "request.rate_limited",
        "Too many wrong keys from this address. Use a right one.",
        {
          "retry-after": String(DELAY / 1000),
          connection: "close",
        },
      );
    },
  };
}

/** Returns an IPv4 address, or the network of an IPv6 address: its last 64 bits are the caller's to choose. */
function networkOf(address: string): string {
  const ipv4 = address.replace(/^::ffff:(?=[\d.]+$)/, "");
  if (!ipv4.includes(":")) return ipv4;
  const [head = "", tail] = ipv4.split("%", 1).join("").split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const after = tail?.split(":").filter((group) => group !== "") ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => "0");
  return [...groups, ...zeros, ...after].slice(0, 4).join(":");
}
