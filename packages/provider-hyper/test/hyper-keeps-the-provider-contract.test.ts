import { providerContract } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { hyperContract } from "./hyper-contract.ts";

describe("Hyper keeps the provider contract", () => {
  test.each(providerContract(hyperContract))("$name", ({ run }) => expect(run()).resolves.toBeUndefined());
});
