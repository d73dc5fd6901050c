import { type ErrorCode, isTokenFlowError, type TokenFlowError } from "../base/errors.ts";

/** Fails a case of a contract with the promise that was broken. */
export function ensure(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Error(`The contract is broken: ${promise}`);
}

/** Compares two values by their JSON, `undefined` included. */
export function ensureEqual(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [actual, expected].map(show);
  ensure(is === should, `${what} should be ${clip(should)}, and is ${clip(is)}`);
}

/** Returns the reason of the promise's rejection. */
export async function ensureRejects(promise: Promise<unknown>, what: string): Promise<unknown> {
  const { rejected, reason } = await promise.then(
    () => ({ rejected: false, reason: undefined }),
    (reason: unknown) => ({ rejected: true, reason }),
  );
  ensure(rejected, `${what} should be refused`);
  return reason;
}

/** Returns the error that the promise rejects with, which must have this code. */
export async function ensureFails(
  promise: Promise<unknown>,
  code: ErrorCode,
  what: string,
): Promise<TokenFlowError> {
  const error = await ensureRejects(promise, what);
  ensure(isTokenFlowError(error, code), `${what} should fail with ${code}, and fails with ${String(error)}`);
  return error;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part === undefined ? "(undefined)" : part));
}

function clip(text: string | undefined): string {
  return text !== undefined && text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : String(text);
}
