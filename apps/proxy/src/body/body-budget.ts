import { RequestError } from "../answers/request-error.ts";

/** Why a body was refused: the bytes of all bodies, its own size, what it unpacks to, or its depth. */
export type BodyRefusal = "memory" | "size" | "unpacked" | "depth";

/** The use of the budget by request bodies. */
export interface BodyUse {
  /** The most bytes of all bodies together. */
  readonly limit: number;
  /** The bytes of bodies that are in memory now. */
  readonly used: number;
  /** The number of bodies that were refused so far, by reason. */
  readonly refused: Readonly<Record<BodyRefusal, number>>;
}

/** Bounds the bytes of all request bodies in memory. */
export interface BodyBudget extends BodyUse {
  /** Counts a body that was refused for its own sake. */
  count(reason: Exclude<BodyRefusal, "memory">): void;
  /** @param onRefuse is called if this body is refused for another one. Its bytes are no longer counted then. */
  open(onRefuse: (error: RequestError) => void): BodyShare;
}

/** The bytes of one body. */
export interface BodyShare {
  /**
   * Counts more bytes. Refuses the largest bodies that are still arriving until they fit: no small one has to give way.
   * @throws RequestError 503 if this body is refused
   */
  grow(bytes: number): void;
  /** The body has arrived: it is no longer refused for another one. */
  seal(): void;
  /** The bytes are no longer in memory. May be called more than once. */
  release(): void;
}

/** `Retry-After` of a body for which there is no memory, in seconds: nobody knows when a body will be gone. */
const RETRY_AFTER = 5;

interface Share {
  size: number;
  isReleased: boolean;
  readonly onRefuse: (error: RequestError) => void;
}

export function createBodyBudget(limit: number): BodyBudget {
  const refused = { memory: 0, size: 0, unpacked: 0, depth: 0 };
  const arriving = new Set<Share>();
  let used = 0;

  const free = (share: Share): void => {
    arriving.delete(share);
    used -= share.size;
    share.size = 0;
    share.isReleased = true;
  };
  const largest = (): Share | undefined => {
    let found: Share | undefined;
    for (const share of arriving) if (share.size > (found?.size ?? 0)) found = share;
    return found;
  };

  return {
    limit,
    get used() {
      return used;
    },
    refused,
    count(reason) {
      refused[reason] += 1;
    },
    open(onRefuse) {
      const share: Share = { size: 0, isReleased: false, onRefuse };
      arriving.add(share);
      return {
        grow(bytes) {
          // The request is over, so nothing would release them.
          if (share.isReleased) return;
          share.size += bytes;
          used += bytes;
          while (used > limit) {
            const refusedShare = largest() ?? share;
            free(refusedShare);
            refused.memory += 1;
            if (refusedShare === share) throw outOfMemory();
            refusedShare.onRefuse(outOfMemory());
          }
        },
        seal: () => void arriving.delete(share),
        release: () => free(share),
      };
    },
  };
}

function outOfMemory(): RequestError {
  return new RequestError(
    "proxy.overloaded",
    "The proxy holds too many request bodies at the moment. Try again in a few seconds.",
    { "retry-after": String(RETRY_AFTER) },
  );
}
