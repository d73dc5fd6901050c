/** Codes for a request that is refused before any session is used. Errors of a session have core's codes. */
export type RequestErrorCode =
  | "request.unauthorized"
  | "request.foreign_host"
  | "request.foreign_origin"
  | "request.malformed"
  /** The path exists, but the requested model is served on another one. */
  | "request.wrong_path"
  /** The dialect that serves the model cannot express a member of the request. */
  | "request.untranslatable"
  /** The upstream has no such feature, and says so. */
  | "request.unsupported"
  /** The request could change the account or return a secret. */
  | "request.not_allowed"
  | "request.not_found"
  | "request.method_not_allowed"
  /** The client asked for a WebSocket. It goes on over HTTP. */
  | "request.upgrade_refused"
  | "request.too_large"
  | "request.too_many_headers"
  | "request.rate_limited"
  | "request.queue_full"
  /** The budget of the caller is used up. */
  | "request.over_budget"
  | "proxy.closing"
  /** The bodies of all requests take too much memory. */
  | "proxy.overloaded";

const STATUSES: Readonly<Record<RequestErrorCode, number>> = {
  "request.unauthorized": 401,
  "request.foreign_host": 403,
  "request.foreign_origin": 403,
  "request.malformed": 400,
  "request.wrong_path": 400,
  "request.untranslatable": 400,
  "request.unsupported": 400,
  "request.not_allowed": 403,
  "request.not_found": 404,
  "request.method_not_allowed": 405,
  "request.upgrade_refused": 426,
  "request.too_large": 413,
  "request.too_many_headers": 431,
  "request.rate_limited": 429,
  "request.queue_full": 429,
  "request.over_budget": 429,
  "proxy.closing": 503,
  "proxy.overloaded": 503,
};

/** Ends a request before any session is used. The caller sees the message. */
export class RequestError extends Error {
  readonly code: RequestErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: RequestErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return STATUSES[this.code];
  }
}
