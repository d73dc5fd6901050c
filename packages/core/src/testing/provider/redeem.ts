import type { Redemption } from "../../contracts/provider.ts";
import { ensure, ensureEqual } from "../ensure.ts";
import { ensureCode } from "./answers.ts";
import type { ProviderCase, ProviderContractOptions, ProviderTestContext } from "./case.ts";
import { ensureRedemption } from "./shapes.ts";

/** The redemption that most cases try. */
export const redeem = ({ provider, options, call }: ProviderTestContext): Promise<Redemption> =>
  provider.redeem(options.grant, call);

/** No service issues tokens for less. Seconds that were taken for milliseconds are less. */
const MIN_LIFETIME = 60_000;

/** Cases for redemptions: their requests and their results. */
export function redeemCases(options: ProviderContractOptions): readonly ProviderCase[] {
  return [
    {
      name: "a redemption is one request and brings the token",
      check: async (createContext) => {
        const made = createContext(options.redeemed);
        const redemption = await redeem(made);
        ensureRedemption(redemption);
        ensure(
          redemption.token?.accessToken === options.accessToken,
          "the access token is the one that was sent",
        );
        const lifetime = redemption.token?.lifetime;
        ensure(
          typeof lifetime !== "number" || lifetime >= MIN_LIFETIME,
          "a lifetime is in milliseconds, and this one would be over within a minute",
        );
        ensureEqual(redemption.grant, options.rotated, "the new grant");
        ensureEqual(made.requests.length, 1, "the number of requests");
      },
    },
    {
      name: "a grant that has to be renewed first is renewed by one request, and brings no token",
      check: async (createContext) => {
        if (!options.step) return;
        const { provider, call, requests } = createContext(options.step.answer);
        const redemption = await provider.redeem(options.step.grant, call);
        ensureEqual(redemption, { grant: options.step.next }, "the step");
        ensureEqual(requests.length, 1, "the number of requests");
      },
    },
    {
      name: "grantReplay returns always, never, or a time",
      check: async (createContext) => {
        const replay = createContext().provider.grantReplay(options.grant);
        const known =
          replay === "always" || replay === "never" || (typeof replay === "object" && replay.within > 0);
        ensure(known, "grantReplay answers one of the three");
        ensure(
          options.rotated === undefined || replay !== "always",
          "a grant that rotates is not replayed at will",
        );
      },
    },
    {
      name: "no URL contains a grant",
      check: async (createContext) => {
        const made = createContext(options.redeemed);
        await redeem(made);
        const shown = made.requests.map(({ url }) => decodeURIComponent(url)).join(" ");
        ensure(!options.secrets.some((secret) => shown.includes(secret)), "an address is written into logs");
      },
    },
    {
      name: "a record that is not a grant of this provider is an error, not a request",
      check: async (createContext) => {
        for (const grant of [{}, { a: 1 }, { refreshToken: 1, consent: null, refresh_token: [] }]) {
          const made = createContext(options.redeemed);
          const error = await made.errorOf(made.provider.redeem(grant, made.call), "a foreign record");
          ensureCode(
            error,
            ["provider.misconfigured", "session.revoked", "session.signed_out"],
            "a foreign record",
          );
          ensureEqual(made.requests.length, 0, "the number of requests");
        }
      },
    },
  ];
}
