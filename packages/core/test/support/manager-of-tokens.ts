import { createTokenManager, type TokenManager, type Upstream } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { createTestProvider } from "./test-provider.ts";

export interface Issuer {
  readonly clock: FakeClock;
  readonly manager: TokenManager;
  /** How many redemptions were asked for. */
  readonly redemptions: number;
}

export interface IssuerOptions {
  readonly upstream?: Upstream | undefined;
  /** Instead of the answer with `token-1`, `token-2`, … of an hour each. */
  readonly redeem?: ((count: number, clock: FakeClock) => Answer | Promise<Answer>) | undefined;
}

/** A manager with a grant whose service issues `token-1`, `token-2`, …, one a redemption. */
export function createIssuer({ upstream, redeem = issue }: IssuerOptions = {}): Issuer {
  const clock = createFakeClock();
  const script = createScriptedFetch(() => redeem(script.requests.length, clock));
  const provider = { ...createTestProvider(), ...(upstream ? { upstream } : {}) };
  const grant = { refresh_token: "grant-1" };
  return {
    clock,
    manager: createTokenManager({ provider, grant, clock, fetch: script.fetch }),
    get redemptions() {
      return script.requests.length;
    },
  };
}

export function issue(count: number): Answer {
  return { json: { access_token: `token-${count}`, expires_in: 3600 } };
}

/** An upstream that refuses with 401 and wants one header of its own. */
export function createTestUpstream(baseUrl: string, seat: string = baseUrl): Upstream {
  return {
    baseUrl,
    address: () => seat,
    headers: ({ path, headers, body }) => ({
      "x-upstream": `${path} ${headers["x-mine"] ?? "-"} ${body?.length ?? "-"}`,
    }),
    refused: ({ status, body }) => status === 401 || (status === 403 && body.includes("token expired")),
  };
}
