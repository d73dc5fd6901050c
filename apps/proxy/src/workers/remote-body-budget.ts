import type { RequestError } from "../answers/request-error.ts";
import type { BodyBudget } from "../body/body-budget.ts";
import type { Channel } from "./channel.ts";

/** A change of one body: its size, and if it has arrived. A size of 0 means that it is gone. */
export type BodyChange = readonly [body: number, size: number, isSealed: boolean];

export interface RemoteBodyBudget extends BodyBudget {
  /** The primary refused this body, for the sake of others. */
  refuse(body: number, error: RequestError): void;
}

/** How long the primary may not know of a body, in milliseconds. A small one that is gone by then costs no message. */
const LINGER = 10;
/** How many bytes a worker may hold that the primary does not know of. */
const UNTOLD = 1024 * 1024;

interface RemoteShare {
  size: number;
  /** As the primary knows it. */
  toldSize: number;
  isSealed: boolean;
  /** Set if the primary refused it. */
  refusal: RequestError | undefined;
  readonly onRefuse: (error: RequestError) => void;
}

/** Tells the primary of the bodies here. It keeps the budget for all workers, and says which body has to give way. */
export function createRemoteBodyBudget(limit: number, channel: Channel): RemoteBodyBudget {
  const shares = new Map<number, RemoteShare>();
  const changed = new Set<number>();
  let lastBody = 0;
  let untold = 0;
  let used = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    untold = 0;
    const changes: BodyChange[] = [];
    for (const body of changed) {
      const share = shares.get(body);
      if (!share) continue;
      if (share.size > 0 || share.toldSize > 0) changes.push([body, share.size, share.isSealed]);
      share.toldSize = share.size;
      if (share.size === 0 && share.isSealed) shares.delete(body);
    }
    changed.clear();
    if (changes.length > 0) channel.post("bodies", changes);
  };
  const change = (body: number): void => {
    changed.add(body);
    timer ??= setTimeout(tell, LINGER);
  };

  return {
    limit,
    get used() {
      return used;
    },
    refused: { memory: 0, size: 0, unpacked: 0, depth: 0 },
    count: (reason) => channel.post("body_refused", reason),
    open(onRefuse) {
      const body = (lastBody += 1);
      const share: RemoteShare = { size: 0, toldSize: 0, isSealed: false, refusal: undefined, onRefuse };
      let isReleased = false;
      shares.set(body, share);
      return {
        grow(bytes) {
          if (share.refusal) throw share.refusal;
          if (isReleased) return;
          share.size += bytes;
          used += bytes;
          untold += bytes;
          change(body);
          if (untold < UNTOLD) return;
          tell();
          channel.flush();
        },
        seal() {
          share.isSealed = true;
          change(body);
        },
        release() {
          isReleased = true;
          used -= share.size;
          share.size = 0;
          share.isSealed = true;
          change(body);
        },
      };
    },
    refuse(body, error) {
      const share = shares.get(body);
      if (!share) return;
      share.refusal = error;
      share.onRefuse(error);
    },
  };
}
