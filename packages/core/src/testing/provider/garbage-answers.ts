import { isTokenFlowError } from "../../base/errors.ts";
import type { Provider } from "../../contracts/provider.ts";
import type { Session } from "../../contracts/session.ts";
import { Token } from "../../token/token.ts";
import { ensure } from "../ensure.ts";
import { findSecret } from "../find-secret.ts";
import type { Answer } from "../scripted-fetch.ts";
import { ensureAuthorized, returnFromBrowser } from "./authorize.ts";
import type { ProviderCase, ProviderContractOptions, ProviderTestContext } from "./case.ts";
import { garbage } from "./garbage.ts";
import {
  ensureDeviceCode,
  ensureModels,
  ensurePollResult,
  ensureRedemption,
  ensureText,
  ensureUsage,
} from "./shapes.ts";
import { polledCode } from "./sign-in.ts";

/** A request to a provider, and the service's good answers. A refusal is distorted too. */
interface RequestCase {
  readonly name: string;
  readonly good: readonly (Answer | undefined)[];
  readonly refused?: readonly Answer[] | undefined;
  /** Returns false if this provider cannot do it. @default () => true */
  readonly has?: ((provider: Provider) => unknown) | undefined;
  readonly ask: (context: ProviderTestContext) => Promise<void>;
}

/** Every answer of a service must lead to a typed error or a valid result. */
function survives({ name, good, refused = [], has = () => true, ask }: RequestCase): ProviderCase {
  return {
    name: `no answer makes ${name} more than a typed error`,
    check: async (createContext) => {
      if (!has(createContext().provider)) return;
      const answers = good.filter((answer) => answer !== undefined);
      for (const answer of answers) await ask(createContext(() => answer));
      for (const answer of garbage([...answers, ...refused])) {
        // The same answer to every request, since some requests take two.
        const made = createContext(() => answer);
        const error = await ask(made).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (error === undefined) continue;
        const shown = JSON.stringify(answer).slice(0, 400);
        ensure(isTokenFlowError(error), `${shown} is answered or refused, and threw ${nameOf(error)}`);
        ensure(error.hint !== "", `the error of ${shown} says what to do`);
        const path = findSecret(error, made.options.secrets);
        ensure(path === undefined, `the error of ${shown} shows no secret, and shows one in ${path}`);
      }
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

export function garbageCases(options: ProviderContractOptions): readonly ProviderCase[] {
  const {
    deviceCode,
    granted,
    grant,
    redeemed,
    refused,
    refusals = [],
    step,
    secrets,
    accessToken,
    extraRequests = [],
  } = options;
  const sessionOf = ({ provider, clock }: ProviderTestContext): Session & { readonly token: Token } => {
    const token = new Token({ accessToken, issuedAt: clock.now() });
    return { provider: provider.id, account: "default", grant, token };
  };
  const asked: readonly RequestCase[] = [
    {
      name: "a request for a device code",
      good: [deviceCode],
      ask: async ({ provider, call }) => ensureDeviceCode(await provider.requestDeviceCode(call)),
    },
    {
      name: "a poll",
      good: [granted],
      ask: async ({ provider, call }) =>
        ensurePollResult(await provider.pollDeviceCode(polledCode(secrets), call)),
    },
    {
      name: "a browser's code",
      good: [options.authorized ?? granted],
      refused,
      has: ({ authorize }) => authorize,
      ask: async (context) => ensureAuthorized(await returnFromBrowser(context)),
    },
    {
      name: "a redemption",
      good: [redeemed],
      refused: [...refused, ...refusals],
      ask: async ({ provider, call }) => ensureRedemption(await provider.redeem(grant, call)),
    },
    {
      name: "a step",
      good: [step?.answer],
      has: () => step,
      ask: async ({ provider, call }) => {
        if (step) ensureRedemption(await provider.redeem(step.grant, call));
      },
    },
    {
      name: "a question about the account",
      good: [options.identified],
      has: ({ identify }) => identify,
      refused: [...refused, ...refusals],
      ask: async (context) => {
        const who = await context.provider.identify?.(sessionOf(context), context.call);
        if (who) ensureText(who.login, "a login");
      },
    },
    {
      name: "a question about the models",
      good: [options.models],
      has: ({ upstream }) => upstream?.models,
      refused: [...refused, ...refusals],
      ask: async (context) => {
        const { token } = sessionOf(context);
        ensureModels((await context.provider.upstream?.models?.(token, context.call)) ?? []);
      },
    },
    {
      name: "a question about the usage",
      good: [options.usage],
      has: ({ upstream }) => upstream?.usage,
      refused: [...refused, ...refusals],
      ask: async (context) => {
        const { upstream } = context.provider;
        ensureUsage((await upstream?.usage?.(sessionOf(context), context.call)) ?? { quotas: [] });
      },
    },
    ...extraRequests.map(({ name, answers, ask }) => ({
      name,
      good: answers,
      refused: [...refused, ...refusals],
      ask: async ({ call }: ProviderTestContext) => void (await ask(call)),
    })),
  ];
  return asked.map(survives);
}
