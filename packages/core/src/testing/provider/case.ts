import type { JsonObject } from "../../base/json.ts";
import type { Call, Grant } from "../../contracts/call.ts";
import type { Provider } from "../../contracts/provider.ts";
import type { FakeCall } from "../fake-call.ts";
import type { Answer } from "../scripted-fetch.ts";

export interface ProviderContractOptions {
  /** Asked once per case. */
  createProvider(): Provider;
  /** The clock of a case is a fake one that begins here. @default the beginning of 2026 */
  readonly now?: number | undefined;
  /** The only origins that the provider may ask anything. */
  readonly origins: readonly string[];
  /** Every secret in the grants and answers below, each of 20 characters or more. None may be seen in an error. */
  readonly secrets: readonly string[];
  /** The service's good answer to a request for a device code. */
  readonly deviceCode: Answer;
  /** The service's answer to the poll after the person approved. */
  readonly granted: Answer;
  /** A grant whose next step brings a token, */
  readonly grant: Grant;
  /** the answer that brings it, for a minute or longer, */
  readonly redeemed: Answer;
  /** and the token in it. */
  readonly accessToken: string;
  /** Where that answer rotates the grant: the new one. */
  readonly rotated?: Grant | undefined;
  /** The answers by which the service says that a grant is dead. */
  readonly refused: readonly Answer[];
  /** Its other refusals in words of its own: of a person without a plan, of a client. */
  readonly refusals?: readonly Answer[] | undefined;
  /** A grant whose next step is to be renewed, the answer that renews it, and what comes of it. */
  readonly step?: { readonly grant: Grant; readonly answer: Answer; readonly next: Grant } | undefined;
  /** What a poll's error looks like. @default (error) => ({ error }) */
  readonly pollError?: ((error: string) => JsonObject) | undefined;
  /** The service's good answers to the questions that not every provider has: who signed in, */
  readonly identified?: Answer | undefined;
  /** which models there are, */
  readonly models?: Answer | undefined;
  /** and what is left of the quotas. */
  readonly usage?: Answer | undefined;
  /** What this provider can be asked besides. */
  readonly extraRequests?: readonly ExtraRequest[] | undefined;
  /** Token details that name places which are not the service's. */
  readonly forgedDetails?: readonly JsonObject[] | undefined;
}

/** A question outside the contract, which no answer may make more than a typed error. */
export interface ExtraRequest {
  readonly name: string;
  /** The service's good answers, each of which is enough. */
  readonly answers: readonly Answer[];
  readonly ask: (call: Call) => Promise<unknown>;
}

/** What a case works with. */
export interface ProviderTestContext extends FakeCall {
  readonly options: ProviderContractOptions;
  readonly provider: Provider;
  /** Another provider, with these answers to come; for a case that tries many. */
  readonly again: (...answers: readonly Answer[]) => ProviderTestContext;
  /** Asks that the promise, if it rejects, does so without secrets. */
  readonly ensureSecrecy: (promise: Promise<unknown>, what: string) => Promise<void>;
  /** Asks that the promise rejects with an error without secrets, and answers that error. */
  readonly errorOf: (promise: Promise<unknown>, what: string) => Promise<unknown>;
}

export interface ProviderCase {
  readonly name: string;
  readonly check: (under: (...answers: readonly Answer[]) => ProviderTestContext) => Promise<void>;
}
