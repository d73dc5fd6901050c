import { ensure, ensureRejects } from "../ensure.ts";
import { createFakeCallAt } from "../fake-call.ts";
import { createFakeClock } from "../fake-clock.ts";
import { findSecret } from "../find-secret.ts";
import type { Answer, SeenRequest } from "../scripted-fetch.ts";
import type { ContractCase } from "../store/case.ts";
import { authorizeCases } from "./authorize.ts";
import type { ProviderContractOptions, ProviderTestContext } from "./case.ts";
import { garbageCases } from "./garbage-answers.ts";
import { redeemCases } from "./redeem.ts";
import { redeemFailureCases } from "./redeem-failures.ts";
import { signInCases } from "./sign-in.ts";
import { upstreamCases } from "./upstream.ts";

/**
 * Returns the contract of a provider as cases for any test runner. No case sleeps or uses the network.
 *
 * @example
 * ```ts
 * for (const { name, run } of providerContract(contractOptions)) test(name, run);
 * ```
 */
export function providerContract(options: ProviderContractOptions): readonly ContractCase[] {
  for (const secret of options.secrets) {
    ensure(
      secret.length >= 20,
      "a planted secret has 20 characters or more, so that it never occurs by chance",
    );
  }
  return [
    ...signInCases,
    ...authorizeCases,
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
    const path = findSecret(reason, options.secrets);
    ensure(path === undefined, `the error of ${what} shows no secret, and shows one in ${path}`);
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
