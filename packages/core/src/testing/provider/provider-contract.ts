import type { JsonObject } from "../../base/json.ts";
import type { Call, Grant } from "../../contracts/call.ts";
import type { Provider } from "../../contracts/provider.ts";
import { ensure, ensureRejects } from "../ensure.ts";
import { createFakeCallAt, type FakeCall } from "../fake-call.ts";
import { createFakeClock } from "../fake-clock.ts";
import { findSecret } from "../find-secret.ts";
import type { Answer, SeenRequest } from "../scripted-fetch.ts";
import type { ContractCase } from "../store/store-contract.ts";
import { garbageCases } from "./garbage-answers.ts";
import { redeemCases } from "./redeem.ts";
import { redeemFailureCases } from "./redeem-failures.ts";
import { signInCases } from "./sign-in.ts";
import { upstreamCases } from "./upstream.ts";

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

/**
 * The contract of a provider, as cases for any test runner. Nothing sleeps and nothing leaves the process.
 *
 * @example
 * for (const { name, run } of providerContract(options)) test(name, run);
 */
export function providerContract(options: ProviderContractOptions): readonly ContractCase[] {
  for (const secret of options.secrets) {
    ensure(
      secret.length >= 20,
      "a planted secret has 20 characters or more, so that it is never met by chance",
    );
  }
  return [
    ...signInCases,
    ...redeemCases(options),
    ...redeemFailureCases(options),
    ...upstreamCases,
    ...garbageCases(options),
  ].map(({ name, check }) => ({
    name,
    run: async () => {
      const used: ProviderTestContext[] = [];
      const createContext = (...answers: readonly Answer[]): ProviderTestContext => {
        const made = createTestContext(options, answers, createContext);
        used.push(made);
        return made;
      };
      await check(createContext);
      for (const { requests } of used) ensureOrigins(requests, options.origins);
    },
  }));
}

function createTestContext(
  options: ProviderContractOptions,
  answers: readonly Answer[],
  again: ProviderTestContext["again"],
): ProviderTestContext {
  const ensureSecret = (reason: unknown, what: string): void => {
    const place = findSecret(reason, options.secrets);
    ensure(place === undefined, `the error of ${what} shows no secret, and shows one in ${place}`);
  };
  return {
    ...createFakeCallAt(createFakeClock(options.now), answers),
    options,
    provider: options.createProvider(),
    again,
    ensureSecrecy: (promise, what) =>
      promise.then(
        () => undefined,
        (reason: unknown) => ensureSecret(reason, what),
      ),
    errorOf: async (promise, what) => {
      const reason = await ensureRejects(promise, what);
      ensureSecret(reason, what);
      return reason;
    },
  };
}

function ensureOrigins(requests: readonly SeenRequest[], origins: readonly string[]): void {
  for (const { url, method } of requests) {
    const { origin } = new URL(url);
    ensure(origins.includes(origin), `${method} goes to the service's own origins, and went to ${origin}`);
  }
}
