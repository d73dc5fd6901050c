import type { ErrorCode } from "../../base/errors.ts";
import { ensure, ensureEqual } from "../ensure.ts";
import type { Answer } from "../scripted-fetch.ts";
import { createEcho, ensureCode, truncated } from "./answers.ts";
import type { ProviderCase, ProviderContractOptions, ProviderTestContext } from "./case.ts";
import { redeem } from "./redeem.ts";

/** The codes for a refusal of this client. */
const NO_CLIENT = ["provider.misconfigured", "provider.forbidden", "provider.client_not_allowed"] as const;

const NOT_UNDERSTOOD: readonly ErrorCode[] = ["provider.malformed", "provider.unavailable"];

/** `spared`: the server certainly did not redeem. `unknown`: nobody can know. */
type Spared = "spared" | "unknown" | "either";

/** Cases for failed redemptions: the code of the error, and if it tells that the grant is unused. */
export function redeemFailureCases(options: ProviderContractOptions): readonly ProviderCase[] {
  const echo = createEcho(options.secrets);
  const wait = { "retry-after": "30" };
  const fails = (
    name: string,
    spared: Spared,
    codes: readonly ErrorCode[],
    ...answers: readonly Answer[]
  ): ProviderCase => ({
    name,
    check: async (createContext) => {
      for (const answer of answers) await ensureFailure(createContext(answer), answer, codes, spared);
    },
  });

  return [
    fails(
      "a grant that the service refuses in its own words is revoked",
      "either",
      ["session.revoked"],
      ...options.refused,
    ),
    fails(
      "a refusal of the client is about its settings, and leaves the session alone",
      "either",
      [...NO_CLIENT, "provider.malformed", "token.rejected"],
      ...[400, 401].map((status) => ({ status, json: { error: "invalid_client" } })),
    ),
    fails(
      "a page of the network is not a refusal, with any status",
      "either",
      ["provider.malformed", "provider.unavailable", ...NO_CLIENT],
      ...[400, 401, 403, 404].map((status) => ({ status, text: echo.html })),
    ),
    fails(
      "a failing server is transient, and the grant may be used",
      "unknown",
      ["provider.unavailable"],
      { status: 500, json: echo.json },
      { status: 502, text: echo.html },
      { status: 503, text: "" },
      { status: 408, text: echo.text },
    ),
    fails("a server with Retry-After did not redeem: 503", "spared", ["provider.unavailable"], {
      status: 503,
      headers: wait,
      text: echo.text,
    }),
    fails(
      "a server with Retry-After did not redeem: 429",
      "spared",
      ["provider.rate_limited"],
      { status: 429, headers: wait, json: echo.json },
      { status: 429, headers: wait, text: echo.text },
    ),
    fails(
      "a request that was never sent did not redeem",
      "spared",
      ["provider.unavailable"],
      { error: "ECONNREFUSED" },
      { error: "ENOTFOUND" },
    ),
    fails(
      "a connection that broke may have redeemed",
      "unknown",
      ["provider.unavailable"],
      { error: "ECONNRESET" },
      { error: "EPIPE" },
    ),
    fails(
      "an answer that cannot be read may have redeemed",
      "unknown",
      NOT_UNDERSTOOD,
      { text: echo.html },
      { text: "" },
      { text: "null" },
      { json: {} },
      { json: [] },
      { json: "text" },
      truncated(options.redeemed),
    ),
    {
      name: "a server that does not answer within 30 s may have redeemed",
      check: async (createContext) => {
        const { provider, call, clock, errorOf } = createContext({ hang: true });
        const [reason] = await Promise.all([
          errorOf(provider.redeem(options.grant, call), "silence"),
          clock.advance(31_000),
        ]);
        const error = ensureCode(reason, ["provider.unavailable"], "silence");
        ensure(error.grantUnused !== true, "nobody knows whether silence redeemed");
      },
    },
    {
      name: "a redirect is not followed with a grant",
      check: async (createContext) => {
        const made = createContext(
          { status: 302, headers: { location: "https://elsewhere.example/" } },
          options.redeemed,
        );
        await made.errorOf(redeem(made), "a redirect");
        ensureEqual(made.requests.length, 1, "the number of requests");
      },
    },
  ];
}

async function ensureFailure(
  made: ProviderTestContext,
  answer: Answer,
  codes: readonly ErrorCode[],
  spared: Spared,
): Promise<void> {
  const what = `a redemption's ${JSON.stringify(answer).slice(0, 80)}`;
  const error = ensureCode(await made.errorOf(redeem(made), what), codes, what);
  ensureEqual(made.requests.length, 1, "the number of requests");
  if (spared === "spared") ensure(error.grantUnused === true, `${what} says that the grant is unspent`);
  if (spared === "unknown")
    ensure(error.grantUnused !== true, `${what} does not say that the grant is unspent`);
  const headers = typeof answer === "object" && "headers" in answer ? answer.headers : undefined;
  if (headers?.["retry-after"] !== undefined) ensureEqual(error.retryAfter, 30_000, "its retryAfter");
}
