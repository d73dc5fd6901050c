import { createTokenManager, type Provider, type TokenFlowError } from "@tokenflow/core";
import { expect, test } from "vitest";

test.each<[string, number | "jwt", string]>([
  ["a lifetime of zero", 0, "The service is at fault."],
  ["a negative lifetime", -1_000, "The service is at fault."],
  ["a JWT that has ended", "jwt", "Check this machine's clock."],
])("%s", async (_name, lifetime, hint) => {
  const provider: Provider = {
    id: "test",
    name: "Test Service",
    requestDeviceCode: () => Promise.reject(new Error("not here")),
    pollDeviceCode: () => Promise.reject(new Error("not here")),
    redeem: async () => ({
      token: {
        accessToken: lifetime === "jwt" ? `e30.${Buffer.from('{"exp":1}').toString("base64url")}.c2ln` : "a",
        tokenType: "bearer",
        lifetime,
      },
    }),
    grantReplay: () => "always",
  };
  await using manager = createTokenManager({ provider, grant: { secret: "grant" } });
  const failure: TokenFlowError = await manager.getToken().then(
    () => expect.fail("A token that has expired was handed out"),
    (error: unknown) => error as TokenFlowError,
  );
  expect(failure.message).toBe("Test Service returned a token that has already expired");
  expect(failure.hint).toContain(hint);
});
