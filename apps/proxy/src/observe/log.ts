/**
 * What the proxy did, as plain data: no bodies, no queries, no header values, no secrets.
 * `finished` is a whole answer, `left` a caller who did not wait for it, `cut` an upstream that broke off.
 */
export type ProxyLogEntry =
  | {
      readonly type: "request";
      /** Of this request alone, in the logs of all processes. */
      readonly id: string;
      readonly method: string;
      readonly path: string;
      /** Absent where nothing was answered. */
      readonly status?: number | undefined;
      readonly outcome: "finished" | "left" | "cut";
      /** From the request's head to the end of the answer, in milliseconds. */
      readonly duration: number;
      /** The name of the caller's key. */
      readonly key?: string | undefined;
      /** The dotted code of an error of ours. */
      readonly code?: string | undefined;
    }
  /** A mistake of this program: worth a bug report. */
  | { readonly type: "failure"; readonly id: string; readonly error: unknown };
