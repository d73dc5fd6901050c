import { type ProviderContractOptions, providerContract } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";
import { oauthContract, options } from "./oauth-contract.ts";

/** The statuses by which some services answer a poll, each with an empty body. */
const STATUSES = {
  authorization_pending: [400],
  slow_down: [429],
  access_denied: [418],
  expired_token: [410],
  invalid_grant: [404, 409],
  a_word_of_the_future: [],
} as const;

const words: Readonly<Record<number, string>> = {
  400: "authorization_pending",
  404: "invalid_device_code",
  409: "invalid_device_code",
  410: "expired_token",
  418: "access_denied",
  429: "slow_down",
};

const contractOf = (statuses: Readonly<Record<number, string>>): ProviderContractOptions => ({
  ...oauthContract,
  createProvider: () => createOAuthProvider({ ...options, wireFormat: { statuses } }),
  pollAnswers: (error) => STATUSES[error].map((status) => ({ status, text: "" })),
});

describe("a service that answers polls by their status alone keeps the provider contract", () => {
  test.each(providerContract(contractOf(words)))("$name", ({ run }) =>
    expect(run()).resolves.toBeUndefined(),
  );
});

test.each(Object.keys(words).map(Number))(
  "the contract notices that %i is not understood",
  async (status) => {
    const { [status]: _word, ...others } = words;
    const broken = providerContract(contractOf(others)).filter(({ name }) => name.startsWith("a poll reads"));
    expect(broken).toHaveLength(1);
    // A 429 without a word of the service's still asks to wait, but not for slower polls.
    await expect(broken[0]?.run()).rejects.toThrow();
  },
);

test("a contract without any answer for a pending sign-in is refused", async () => {
  const contract = providerContract({ ...oauthContract, pollAnswers: () => [] });
  const polls = contract.find(({ name }) => name.startsWith("a poll reads"));
  await expect(polls?.run()).rejects.toThrow("not decided yet");
});
