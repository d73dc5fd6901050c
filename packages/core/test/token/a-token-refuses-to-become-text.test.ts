import { inspect } from "node:util";
import { Token } from "@tokenflow/core";
import { findSecret } from "@tokenflow/core/testing";
import { expect, test } from "vitest";

const SECRET = "secret-access-token";
const token = new Token({ accessToken: SECRET, issuedAt: 0 });
const headers: Record<string, unknown> = {};

test.each<readonly [string, () => unknown]>([
  ["a template", () => `Bearer ${token}`],
  ["String()", () => String(token)],
  ["toString()", () => token.toString()],
  ["a sum", () => "Bearer " + token],
  ["join()", () => ["Bearer", token].join(" ")],
  ["a number", () => Number(token)],
  ["a header", () => new Headers({ authorization: token as unknown as string })],
])("%s throws a sentence that names what to use, without the secret", (_, act) => {
  let thrown: unknown;
  try {
    headers["authorization"] = act();
  } catch (error) {
    thrown = error;
  }
  expect(headers).toEqual({});
  expect(thrown).toBeInstanceOf(TypeError);
  expect(String(thrown)).toMatch(/token\.authorization .*token\.accessToken /);
  expect(findSecret(thrown, [SECRET])).toBeUndefined();
});

test("JSON and a log line show it without its secret, as before", () => {
  expect(JSON.parse(JSON.stringify({ token }))).toMatchObject({ token: { accessToken: "[redacted]" } });
  expect(inspect(token)).toContain("tokenType");
  expect(inspect(token)).not.toContain(SECRET);
  expect(token.authorization).toBe(`Bearer ${SECRET}`);
});
