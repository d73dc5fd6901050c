import { type Call, createHttp, isTokenFlowError, type TokenFlowError } from "@tokenflow/core";
import {
  type Answer,
  createFakeClock,
  createScriptedFetch,
  type FakeClock,
  type SeenRequest,
} from "@tokenflow/core/testing";

export const start: number = Date.UTC(2026, 0, 1);

/** What a provider's requests are made with: scripted answers and a clock that stands still. */
export function createCalls(...answers: readonly Answer[]): {
  readonly call: Call;
  readonly clock: FakeClock;
  readonly requests: readonly SeenRequest[];
} {
  const clock = createFakeClock(start);
  const { fetch, requests } = createScriptedFetch(...answers);
  return { call: { http: createHttp({ fetch, clock }), clock }, clock, requests };
}

/** Answers the error of ours that the promise rejects with. */
export async function failure(promise: Promise<unknown> | undefined): Promise<TokenFlowError> {
  const error = await promise?.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isTokenFlowError(error)) return error;
  throw new Error(`Expected a TokenFlowError, got ${error === undefined ? "none" : typeof error}`);
}
