import type { EventKind } from "./pace.ts";
import type { StreamPath } from "./stream-load.ts";

export type Way = "native" | "translated";
export const WAYS: readonly Way[] = ["native", "translated"];

/** One kind of answer, for callers of its own dialect and of another one. */
export interface Pair {
  readonly name: string;
  /** The upstream's events, for callers of either path. */
  readonly kind: EventKind;
  readonly model: string;
  readonly paths: Readonly<Record<Way, StreamPath>>;
}

export const PAIRS: readonly Pair[] = [
  {
    name: "Messages from chat",
    kind: "bare",
    model: "of-chat",
    paths: { native: "/v1/chat/completions", translated: "/v1/messages" },
  },
  {
    name: "Messages from Responses",
    kind: "responses",
    model: "of-responses",
    paths: { native: "/v1/responses", translated: "/v1/messages" },
  },
  {
    name: "Responses from Messages",
    kind: "messages",
    model: "of-messages",
    paths: { native: "/v1/messages", translated: "/v1/responses" },
  },
];
