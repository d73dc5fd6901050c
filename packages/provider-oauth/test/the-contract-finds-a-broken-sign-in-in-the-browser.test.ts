import { type Provider, TokenFlowError } from "@tokenflow/core";
import type { AuthorizationRequest } from "@tokenflow/core/provider";
import { providerContract } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { expect, test } from "vitest";
import { oauthContract, options } from "./oauth-contract.ts";

type Break = (request: AuthorizationRequest) => AuthorizationRequest;

const PAGE = "a page for the browser";
const APPROVAL = "an approval in the browser";
const REFUSAL = "a refusal in the browser";
const UNUSED = "a browser's code is said to be unused";

/** Returns the address with one parameter changed. */
function withParameter(address: string, name: string, value: string): string {
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}

/** What goes wrong, and the case that must find it. */
const MISTAKES: readonly (readonly [string, Break, caughtBy: string])[] = [
  [
    "the state is always the same",
    (request) => ({
      ...request,
      state: "the-same-state-each-time",
      url: withParameter(request.url, "state", "the-same-state-each-time"),
    }),
    PAGE,
  ],
  [
    "the state is not in the address",
    (request) => ({ ...request, url: withParameter(request.url, "state", "x") }),
    PAGE,
  ],
  [
    "the challenge is plain",
    (request) => ({ ...request, url: withParameter(request.url, "code_challenge_method", "plain") }),
    PAGE,
  ],
  [
    "the address has the client's secret",
    (request) => ({ ...request, url: withParameter(request.url, "s", options.clientSecret ?? "") }),
    PAGE,
  ],
  [
    "the code is sent twice",
    (request) => ({
      ...request,
      complete: (answer, call) => request.complete(answer, call).then(() => request.complete(answer, call)),
    }),
    APPROVAL,
  ],
  [
    "a refusal is an error of the network",
    (request) => ({
      ...request,
      complete: (answer, call) =>
        answer.has("error")
          ? Promise.reject(new TokenFlowError("provider.unavailable", "no network"))
          : request.complete(answer, call),
    }),
    REFUSAL,
  ],
  [
    "a code that may have arrived counts as unused",
    (request) => ({
      ...request,
      complete: (answer, call) =>
        request.complete(answer, call).catch((error: unknown) => {
          const { code, message } = error as TokenFlowError;
          throw new TokenFlowError(code, message, { grantUnused: true });
        }),
    }),
    UNUSED,
  ],
];

/** The cases about the browser that the provider fails. */
async function failuresOf(broken: Break): Promise<readonly string[]> {
  const createProvider = (): Provider => {
    const own = createOAuthProvider(options);
    return {
      ...own,
      authorize: async (redirect, call) => {
        const request = await own.authorize?.(redirect, call);
        if (!request) throw new Error("An OAuth provider with an address for it has this sign-in");
        return broken(request);
      },
    };
  };
  const failed: string[] = [];
  for (const { name, run } of providerContract({ ...oauthContract, createProvider })) {
    if (!/browser/.test(name) || name.startsWith("no answer")) continue;
    await run().catch(() => failed.push(name));
  }
  return failed;
}

test("a sign-in without a mistake passes", async () => {
  expect(await failuresOf((request) => request)).toEqual([]);
});

test.each(MISTAKES)("%s", async (_, broken, caughtBy) => {
  const failed = await failuresOf(broken);
  expect(failed).toHaveLength(1);
  expect(failed[0]).toMatch(caughtBy);
});
