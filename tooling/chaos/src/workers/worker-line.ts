import type { TokenFlowEvent } from "@tokenflow/core";

/** What a worker says, one line each. */
export type WorkerLine =
  | { readonly type: "ready" }
  /** A token was handed out, and the API took it. */
  | { readonly type: "served"; readonly after: number }
  /** The API refused a token that still claimed to be alive. */
  | { readonly type: "dead" }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "event"; readonly event: TokenFlowEvent }
  /** Asked to stop: what comes until `end` is its last look. */
  | { readonly type: "last" }
  | { readonly type: "end" };
