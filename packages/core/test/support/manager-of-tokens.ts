import { createTokenManager, type TokenFlowEvent, type TokenManager, type Upstream } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { createTestProvider, type TestProviderOptions } from "./test-provider.ts";

export interface Issuer {
  readonly clock: FakeClock;
  readonly manager: TokenManager;
  /** The number of redemptions. */
  readonly redemptions: number;
  /** The time of each, on the monotonic clock. */
  readonly redeemedAt: readonly number[];
  readonly events: readonly TokenFlowEvent[];
}

export interface IssuerOptions extends TestProviderOptions {
  readonly upstream?: Upstream | undefined;
  /** Replaces the answers with `token-1`, `token-2`, … of an hour each. */
  readonly redeem?: ((count: number, clock: FakeClock) => Answer | Promise<Answer>) | undefined;
}

/** A manager with a grant. Its service issues `token-1`, `token-2`, …, one per redemption. */
export function createIssuer({
  upstream,
  redeem = (count) => issue(count),
  ...options
}: IssuerOptions = {}): Issuer {
  const clock = createFakeClock();
  const redeemedAt: number[] = [];
  const events: TokenFlowEvent[] = [];
  const script = createScriptedFetch(() => redeem(redeemedAt.push(clock.monotonicNow()), clock));
  const provider = { ...createTestProvider(options), ...(upstream ? { upstream } : {}) };
  const grant = { refresh_token: "grant-1" };
  return {
    clock,
    manager: createTokenManager({
      provider,
      grant,
      clock,
      fetch: script.fetch,
      onEvent: (event) => events.push(event),
    }),
    get redemptions() {
      return redeemedAt.length;
    },
    redeemedAt,
    events,
  };
}

/** The answer with the token of that number, by default valid for an hour. */
export function issue(count: number, fields: Readonly<Record<string, unknown>> = {}): Answer {
  return { json: { access_token: `token-${count}`, expires_in: 3600, ...fields } };
}

/** An upstream that rejects tokens with 401 and needs one header of its own. */
export function createTestUpstream(baseUrl: string, seat: string = baseUrl): Upstream {
  return {
    baseUrl,
    address: () => seat,
    headers: ({ path, headers, json }) => ({
      "x-upstream": `${path} ${headers["x-mine"] ?? "-"} ${json ? JSON.stringify([json()]).length - 2 : "-"}`,
    }),
    isTokenRejected: ({ status, body }) =>
      status === 401 || (status === 403 && body.includes("token expired")),
  };
}
