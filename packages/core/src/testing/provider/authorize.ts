import type { ErrorCode } from "../../base/errors.ts";
import type { AuthorizationGrant, AuthorizationRequest } from "../../contracts/authorization.ts";
import { ensure, ensureEqual } from "../ensure.ts";
import type { Answer } from "../scripted-fetch.ts";
import { createEcho, ensureCode, truncated } from "./answers.ts";
import type { ProviderCase, ProviderContractOptions, ProviderTestContext } from "./case.ts";
import { ensureRedemption } from "./shapes.ts";

const REDIRECT_URI = "http://127.0.0.1:5000/callback";
/** A state that is shorter can be guessed (RFC 6749 §10.12). */
const MIN_STATE = 20;

/** Prepares a sign-in in the browser. Returns it, and the addresses that the provider asked to listen at. */
async function prepare({
  provider,
  call,
}: ProviderTestContext): Promise<{ readonly request: AuthorizationRequest; readonly asked: number }> {
  let asked = 0;
  const request = await provider.authorize?.(async (fixed) => {
    asked += 1;
    return fixed ?? REDIRECT_URI;
  }, call);
  if (!request) throw new Error("The provider has no sign-in in the browser");
  return { request, asked };
}

/** Sends the browser's answer back, as the person's approval or as `answer` says. */
export async function returnFromBrowser(
  context: ProviderTestContext,
  answer: Readonly<Record<string, string>> = { code: codeOf(context.options) },
): Promise<AuthorizationGrant> {
  const { request } = await prepare(context);
  return request.complete(new URLSearchParams({ ...answer, state: request.state }), context.call);
}

export function ensureAuthorized({ grant, token }: AuthorizationGrant): void {
  ensureRedemption({ grant, token });
}

/** A code is a secret, as a device code is. */
function codeOf({ secrets }: ProviderContractOptions): string {
  return secrets[0] ?? "planted-browser-code-1";
}

const PASSING: readonly ErrorCode[] = ["provider.unavailable", "provider.rate_limited"];

/** The cases of a sign-in in the browser. A provider without `authorize` passes them. */
export const authorizeCases: readonly ProviderCase[] = [
  {
    name: "a page for the browser names the way back, a challenge and a state of its own, and no secret",
    check: async (createContext) => {
      if (!createContext().provider.authorize) return;
      const context = createContext();
      const first = await prepare(context);
      const { request: second } = await prepare(context.again());
      ensure(first.asked > 0, "the address to return to is asked for");
      const { searchParams, protocol } = new URL(first.request.url);
      ensure(/^https?:$/.test(protocol), "the page is one for a browser");
      ensure(searchParams.get("state") === first.request.state, "the page's address has the state");
      ensure(first.request.state.length >= MIN_STATE, "the state cannot be guessed");
      ensure(first.request.state !== second.state, "every sign-in has a state of its own");
      ensureEqual(searchParams.get("code_challenge_method"), "S256", "the challenge (RFC 7636)");
      ensure(URL.canParse(searchParams.get("redirect_uri") ?? ""), "the page's address has the way back");
      for (const secret of context.options.secrets)
        ensure(!first.request.url.includes(secret), "the page's address has no secret");
    },
  },
  {
    name: "an approval in the browser brings a grant of plain JSON, by one request",
    check: async (createContext) => {
      const { options, provider } = createContext();
      if (!provider.authorize) return;
      const context = createContext(options.authorized ?? options.granted);
      ensureAuthorized(await returnFromBrowser(context));
      ensureEqual(context.requests.length, 1, "the number of requests");
    },
  },
  {
    name: "a refusal in the browser, and an answer without one code, end the sign-in without a request",
    check: async (createContext) => {
      const { options, provider } = createContext();
      if (!provider.authorize) return;
      const echo = createEcho(options.secrets).text;
      const malformed: readonly ErrorCode[] = ["provider.malformed"];
      const cases: readonly (readonly [Readonly<Record<string, string>>, readonly ErrorCode[]])[] = [
        [{ error: "access_denied", error_description: echo }, ["device.denied"]],
        [{ error: "temporarily_unavailable", error_description: echo }, PASSING],
        [{ error: echo }, [...malformed, "provider.misconfigured", "provider.forbidden"]],
        [{}, malformed],
        [{ code: "" }, malformed],
      ];
      for (const [answer, codes] of cases) {
        const context = createContext();
        const what = `the browser's ${JSON.stringify(answer).slice(0, 60)}`;
        ensureCode(await context.errorOf(returnFromBrowser(context, answer), what), codes, what);
        ensureEqual(context.requests.length, 0, "the number of requests");
      }
    },
  },
  {
    name: "a browser's code is said to be unused only if it was certainly not sent",
    check: async (createContext) => {
      const { options, provider } = createContext();
      if (!provider.authorize) return;
      const good = options.authorized ?? options.granted;
      const cases: readonly (readonly [Answer, boolean])[] = [
        [{ error: "ECONNREFUSED" }, true],
        [{ error: "ECONNRESET" }, false],
        [{ status: 502, text: createEcho(options.secrets).html }, false],
        [truncated(good), false],
      ];
      for (const [answer, isUnused] of cases) {
        const context = createContext(answer);
        const what = `a code's ${JSON.stringify(answer).slice(0, 60)}`;
        const error = await context.errorOf(returnFromBrowser(context), what);
        const { grantUnused } = ensureCode(error, [...PASSING, "provider.malformed"], what);
        ensureEqual(grantUnused === true, isUnused, `${what}: unused`);
        ensureEqual(context.requests.length, 1, "the number of requests");
      }
    },
  },
];
