/** What is wrong with a request itself, or with the moment of it; errors of a session carry core's codes. */
export type RequestErrorCode =
  | "request.unauthorized"
  | "request.foreign_host"
  | "request.foreign_origin"
  | "request.malformed"
  | "request.not_found"
  | "request.method_not_allowed"
  | "request.too_large"
  | "proxy.closing";

const STATUSES: Readonly<Record<RequestErrorCode, number>> = {
  "request.unauthorized": 401,
  "request.foreign_host": 403,
  "request.foreign_origin": 403,
  "request.malformed": 400,
  "request.not_found": 404,
  "request.method_not_allowed": 405,
  "request.too_large": 413,
  "proxy.closing": 503,
};

/** Ends a request before any session is asked. Its message is for the caller. */
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
