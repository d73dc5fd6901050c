import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import type { Call } from "../contracts/call.ts";
import { createHttp } from "../http/create-http.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { type Answer, createScriptedFetch, type SeenRequest } from "./scripted-fetch.ts";

export interface FakeCall {
  readonly call: Call;
  readonly clock: FakeClock;
  /** The requests, in order. */
  readonly requests: readonly SeenRequest[];
}

/** Creates the tools for a provider's requests: answers from a script, and a fake clock that begins with 2026. */
export function createFakeCall(...answers: readonly Answer[]): FakeCall {
  return createFakeCallAt(createFakeClock(), answers);
}

export function createFakeCallAt(clock: FakeClock, answers: readonly Answer[]): FakeCall {
  const { fetch, requests } = createScriptedFetch(...answers);
  return { call: { http: createHttp({ fetch, clock }), clock }, clock, requests };
}

/**
 * Returns the `TokenFlowError` that the promise rejects with.
 * @throws if it resolves, or rejects with another error
 */
export async function failureOf(promise: Promise<unknown> | undefined): Promise<TokenFlowError> {
  const error = await promise?.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isTokenFlowError(error)) return error;
  throw new Error("Expected a TokenFlowError", { cause: error });
}
