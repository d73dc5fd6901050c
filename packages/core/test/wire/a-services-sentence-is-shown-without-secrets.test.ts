import { asMessage, readJwtClaims } from "@tokenflow/core/provider";
import { expect, test } from "vitest";

test("a sentence becomes one line of at most 200 characters", () => {
  expect(asMessage(" The account\n\u0007is  locked. ")).toBe("The account is locked.");
  expect(asMessage("word ".repeat(100))).toHaveLength(200);
  for (const value of [undefined, null, 1, {}, ["text"]]) expect(asMessage(value)).toBeUndefined();
});

test.each(["x".repeat(20), "eyJhbGciOi", "sk-123", "acme_12345678"])("the word %s is not shown", (secret) => {
  expect(asMessage(`The token ${secret} is wrong`, [/\bacme_\w{8}/g])).toBe("The token … is wrong");
});

test("the claims of a JWT are read, and anything else has none", () => {
  const payload = Buffer.from(JSON.stringify({ sub: "a", name: "ü" })).toString("base64url");
  expect(readJwtClaims(`e30.${payload}.sig`)).toEqual({ sub: "a", name: "ü" });
  for (const text of [`e30.${payload}`, "a.b.c", "a.%%%.c", "e30.MQ.sig", 1])
    expect(readJwtClaims(text)).toEqual({});
});
