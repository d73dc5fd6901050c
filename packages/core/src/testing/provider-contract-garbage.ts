import { isTokenFlowError } from "../errors.ts";
import { Token } from "../token.ts";
import { ensure } from "./ensure.ts";
import { findSecret } from "./find-secret.ts";
import { garbage } from "./garbage.ts";
import type { ProviderCase, ProviderUnderCase } from "./provider-contract.ts";
import {
  ensureDeviceCode,
  ensureModels,
  ensurePollResult,
  ensureRedemption,
  ensureUsage,
} from "./provider-contract-shapes.ts";
import { polledCode } from "./provider-contract-sign-in.ts";
import type { Answer } from "./scripted-fetch.ts";

type Attempt = (under: ProviderUnderCase) => Promise<void>;

/** A typed error or a right answer: nothing that a service says may be thrown as anything else. */
function survives(
  name: string,
  good: (under: ProviderUnderCase) => readonly Answer[],
  attempt: Attempt,
): ProviderCase {
  return {
    name: `no answer makes ${name} more than a typed error`,
    check: async (under) => {
      for (const answer of garbage(good(under()))) {
        const made = under(answer);
        const error = await attempt(made).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (error === undefined) continue;
        const shown = JSON.stringify(answer).slice(0, 400);
        ensure(isTokenFlowError(error), `${shown} is answered or refused, and threw ${nameOf(error)}`);
        const place = findSecret(error, made.options.secrets);
        ensure(place === undefined, `the error of ${shown} shows no secret, and shows one in ${place}`);
      }
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

export const garbageCases: readonly ProviderCase[] = [
  survives(
    "a request for a device code",
    ({ options }) => [options.deviceCode],
    async ({ provider, call }) => ensureDeviceCode(await provider.requestDeviceCode(call)),
  ),
  survives(
    "a poll",
    ({ options }) => [options.granted],
    async ({ provider, call, options }) =>
      ensurePollResult(await provider.pollDeviceCode(polledCode(options.secrets), call)),
  ),
  survives(
    "a redemption",
    ({ options }) => [options.redeemed, ...options.refused],
    async ({ provider, call, options }) => ensureRedemption(await provider.redeem(options.grant, call)),
  ),
  survives(
    "a step",
    ({ options }) => (options.step ? [options.step.answer] : []),
    async ({ provider, call, options }) => {
      if (options.step) ensureRedemption(await provider.redeem(options.step.grant, call));
    },
  ),
  survives(
    "a question about the account",
    () => [],
    async ({ provider, call, options, clock }) => {
      const token = new Token({ accessToken: options.accessToken, issuedAt: clock.now() });
      const session = { provider: provider.id, account: "default", grant: options.grant, token };
      const login = (await provider.identify?.(session, call))?.login ?? "";
      ensure(typeof login === "string", "a login is text");
    },
  ),
  survives(
    "a question about the models",
    () => [],
    async ({ provider, call, options, clock }) => {
      const token = new Token({ accessToken: options.accessToken, issuedAt: clock.now() });
      ensureModels((await provider.upstream?.models?.(token, call)) ?? []);
    },
  ),
  survives(
    "a question about the usage",
    () => [],
    async ({ provider, call, options, clock }) => {
      const token = new Token({ accessToken: options.accessToken, issuedAt: clock.now() });
      const session = { provider: provider.id, account: "default", grant: options.grant, token };
      ensureUsage((await provider.upstream?.usage?.(session, call)) ?? { quotas: [] });
    },
  ),
];
