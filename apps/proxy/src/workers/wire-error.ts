import { isTokenFlowError, TokenFlowError, type TokenFlowErrorOptions } from "@tokenflow/core";
import { RequestError } from "../answers/request-error.ts";

/** An error as a message between two processes. */
export type WireError =
  | {
      readonly kind: "tokenflow";
      readonly code: TokenFlowError["code"];
      readonly message: string;
      readonly options: TokenFlowErrorOptions;
    }
  | {
      readonly kind: "request";
      readonly code: RequestError["code"];
      readonly message: string;
      readonly headers: RequestError["headers"];
    }
  | { readonly kind: "other"; readonly name: string };

export function toWire(error: unknown): WireError {
  if (isTokenFlowError(error)) {
    const { code, message, hint, status, retryAfter, grantUnused, reason } = error;
    return { kind: "tokenflow", code, message, options: { hint, status, retryAfter, grantUnused, reason } };
  }
  if (error instanceof RequestError) {
    const { code, message, headers } = error;
    return { kind: "request", code, message, headers };
  }
  // Its message may contain a secret.
  return { kind: "other", name: error instanceof Error ? error.name : "unknown" };
}

export function fromWire(error: WireError): Error {
  if (error.kind === "tokenflow") return new TokenFlowError(error.code, error.message, error.options);
  if (error.kind === "request") return new RequestError(error.code, error.message, error.headers);
  return new Error(`${error.name} in the other process`);
}
