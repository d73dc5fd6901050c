import type { BodyRefusal, BodyShare } from "../body/body-budget.ts";
import type { Channel, ChannelHandlers } from "./channel.ts";
import type { PrimaryState } from "./primary-state.ts";
import type { BodyChange } from "./remote-body-budget.ts";
import type { SlotRequest } from "./remote-limits.ts";
import { toWire } from "./wire-error.ts";

/** Handlers for one worker. Closing returns what the worker holds. */
export interface WorkerHandlers extends ChannelHandlers {
  close(): void;
}

/** Gives slots to one worker. */
export function serveLimits({ parts, keys }: PrimaryState): WorkerHandlers {
  const slots = new Map<number, () => void>();
  const never = new AbortController().signal;
  /** A slot that is free is taken at once: its release may be the next message. */
  const take = ({ slot, key }: SlotRequest, signal: AbortSignal): Promise<void> | void => {
    const taken = parts.limits.acquire(key === undefined ? undefined : keys[key], signal);
    if (typeof taken === "function") return void slots.set(slot, taken);
    return taken.then((release) => {
      // The caller left while the slot was on its way.
      if (signal.aborted) release();
      else slots.set(slot, release);
    });
  };
  return {
    posts: {
      take: (request: SlotRequest) => void take(request, never),
      release(slot: number) {
        slots.get(slot)?.();
        slots.delete(slot);
      },
    },
    asks: {
      acquire: async (request: SlotRequest, signal: AbortSignal) => take(request, signal),
      refuse_key: (address: string | undefined, signal: AbortSignal) => parts.brake.refuse(address, signal),
    },
    close() {
      for (const release of slots.values()) release();
      slots.clear();
    },
  };
}

/** Counts the bodies of one worker. */
export function serveBodies({ parts: { budget } }: PrimaryState, channel: () => Channel): WorkerHandlers {
  const bodies = new Map<number, { readonly share: BodyShare; size: number }>();
  const refuse = (body: number, error: unknown): void => {
    channel().post("refuse_body", [body, toWire(error)]);
    channel().flush();
  };
  const change = ([body, size, isSealed]: BodyChange): void => {
    const known = bodies.get(body) ?? { share: budget.open((error) => refuse(body, error)), size: 0 };
    bodies.set(body, known);
    if (size === 0) {
      known.share.release();
      bodies.delete(body);
      return;
    }
    try {
      if (size > known.size) known.share.grow(size - known.size);
    } catch (error) {
      refuse(body, error);
    }
    known.size = size;
    if (isSealed) known.share.seal();
  };
  return {
    posts: {
      bodies(changes: readonly BodyChange[]) {
        for (const body of changes) change(body);
      },
      body_refused: (reason: Exclude<BodyRefusal, "memory">) => budget.count(reason),
    },
    asks: {},
    close() {
      for (const { share } of bodies.values()) share.release();
      bodies.clear();
    },
  };
}
