import { isTokenFlowError, type Provider, TokenFlowError } from "@tokenflow/core";
import { asObject } from "@tokenflow/core/provider";
import { providerContract } from "@tokenflow/core/testing";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { describe, expect, test } from "vitest";
import { hyperContract } from "./hyper-contract.ts";

const sound = createHyperProvider();

/** The sound provider, with every error of its redemptions changed. */
function withErrors(change: (error: unknown) => unknown): Provider {
  return {
    ...sound,
    redeem: (grant, call) =>
      sound.redeem(grant, call).catch((error: unknown) => {
        throw change(error);
      }),
  };
}

const secret = hyperContract.secrets[1] ?? "";
const hidden = Object.defineProperty(new TokenFlowError("provider.unavailable", "No"), "body", {
  value: { text: [`it was ${secret}`] },
  enumerable: false,
});

const broken: Readonly<Record<string, Provider>> = {
  "asks twice": {
    ...sound,
    redeem: async (grant, call) => (await sound.redeem(grant, call)) && sound.redeem(grant, call),
  },
  "asks elsewhere": {
    ...sound,
    redeem: async (grant, call) => {
      await call.http({ method: "GET", url: "https://elsewhere.example/" });
      return sound.redeem(grant, call);
    },
  },
  "shows a secret in a message": withErrors(() => new TokenFlowError("provider.unavailable", `No ${secret}`)),
  "hides a secret in a property": withErrors(() => hidden),
  "throws what is not ours": withErrors(() => new TypeError("x is undefined")),
  "calls every failure unspent": withErrors((error) =>
    isTokenFlowError(error)
      ? new TokenFlowError(error.code, error.message, {
          status: error.status,
          retryAfter: error.retryAfter,
          grantUnused: true,
        })
      : error,
  ),
  "calls no failure unspent": withErrors((error) =>
    isTokenFlowError(error)
      ? new TokenFlowError(error.code, error.message, { status: error.status, retryAfter: error.retryAfter })
      : error,
  ),
  "takes every failure for a revoked session": withErrors(() => new TokenFlowError("session.revoked", "No")),
  "takes a refused client for a revoked session": withErrors((error) =>
    isTokenFlowError(error) && error.message.includes("invalid_client")
      ? new TokenFlowError("session.revoked", "No")
      : error,
  ),
  "counts a lifetime in seconds": {
    ...sound,
    redeem: async (grant, call) => {
      const { token, ...rest } = await sound.redeem(grant, call);
      return token ? { ...rest, token: { ...token, lifetime: Number(token.lifetime) / 1000 } } : rest;
    },
  },
  "forgets the new grant": {
    ...sound,
    redeem: async (grant, call) => ({ token: (await sound.redeem(grant, call)).token }),
  },
  "replays a rotating grant": { ...sound, grantReplay: () => "always" },
  "forgets the interval": {
    ...sound,
    pollDeviceCode: async (code, call) => {
      const result = await sound.pollDeviceCode(code, call);
      return result.status === "slow_down" ? { status: "slow_down" } : result;
    },
  },
  "goes on after a denial": {
    ...sound,
    pollDeviceCode: (code, call) => sound.pollDeviceCode(code, call).catch(() => ({ status: "pending" })),
  },
  "sends a token where it says": {
    ...sound,
    upstream: {
      ...sound.upstream,
      address: ({ details }) => (details ? "https://elsewhere.example" : "https://hyper.charm.land"),
    },
  },
  "takes a model for whole": {
    ...sound,
    upstream: {
      ...sound.upstream,
      models: async (_, call) => {
        const { json } = await call.http({ method: "GET", url: "https://hyper.charm.land/v1/provider" });
        const entries = Array.isArray(asObject(json)["models"]) ? asObject(json)["models"] : [];
        return (entries as { id: string; name: string }[]).map(({ id, name }) => ({ id, name: name.trim() }));
      },
    },
  },
  "puts the token into the headers itself": {
    ...sound,
    upstream: { ...sound.upstream, headers: () => ({ Authorization: "Bearer a1" }) },
  },
  "has no headers for a part without text": {
    ...sound,
    upstream: {
      ...sound.upstream,
      headers: ({ json }) => {
        const messages = asObject(json?.())["messages"] as { content?: { text: string }[] }[] | undefined;
        return { "x-first": `${messages?.[1]?.content?.[0]?.text.trim()}` };
      },
    },
  },
  "takes every 403 for a refused token": {
    ...sound,
    upstream: { ...sound.upstream, isTokenRejected: ({ status }) => status === 401 || status === 403 },
  },
};

async function runAll(cases: ReturnType<typeof providerContract>): Promise<void> {
  for (const { run } of cases) await run();
}

test("the provider contract finds an extra request of the provider that trusts its answer", async () => {
  const casesOf = (read: (payer: unknown) => unknown) =>
    providerContract({
      ...hyperContract,
      extraRequests: [
        {
          name: "who pays",
          answers: [{ json: { payer: { name: "Octo" } } }],
          ask: async ({ http }) => {
            const { json } = await http({ method: "GET", url: "https://hyper.charm.land/v1/payer" });
            return read(asObject(json)["payer"]);
          },
        },
      ],
    }).filter(({ name }) => name.includes("who pays"));
  await runAll(casesOf((payer) => String(asObject(payer)["name"]).trim()));
  const trusting = casesOf((payer) => (payer as { name: string } | undefined)?.name.trim());
  await expect(runAll(trusting)).rejects.toThrow("TypeError");
});

describe("the provider contract finds a provider that", () => {
  test.each(Object.entries(broken))("%s", async (_, provider) => {
    const cases = providerContract({
      ...hyperContract,
      createProvider: () => provider,
      forgedDetails: [{ place: "elsewhere" }],
    });
    await expect(runAll(cases)).rejects.toThrow();
  });
});
