import { providerContract } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { oauthContract } from "./oauth-contract.ts";

describe("an OAuth server keeps the provider contract", () => {
  test.each(providerContract(oauthContract))("$name", ({ run }) => expect(run()).resolves.toBeUndefined());
});
