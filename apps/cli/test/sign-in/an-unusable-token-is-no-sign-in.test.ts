import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { startOddServer } from "../support/odd-server.ts";
import { openSandbox } from "../support/sandbox.ts";

const token = { access_token: "at-1", token_type: "bearer", refresh_token: "rt-1" };
const ended = `e30.${Buffer.from('{"exp":1}').toString("base64url")}.c2ln`;

test.each<[string, object, number, string]>([
  ["an empty token", { access_token: "" }, 7, "work at $host answered wrongly: access_token is empty"],
  [
    "a token with a line break",
    { access_token: "a\r\nb" },
    7,
    "access_token has characters that no header can hold",
  ],
  ["a token that is a number", { access_token: 1 }, 7, "access_token is not text"],
  ["a negative lifetime", { expires_in: -5 }, 7, "expires_in is -5"],
  ["no lifetime left", { expires_in: "0" }, 7, "expires_in is 0"],
  ["an ended JWT", { access_token: ended }, 7, "the access token has already expired"],
  ["a MAC token", { token_type: "mac" }, 2, 'tokens are of the type "mac", which TokenFlow does not support'],
  ["a DPoP token", { token_type: "DPoP" }, 2, "bound to a key (DPoP), which TokenFlow does not support"],
])("%s is told, and nothing is kept", async (_, members, code, sentence) => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer({ answers: { "/token": [200, { ...token, ...members }] } });
  const { exit, stdout, stderr } = await sandbox.run(["login", "work", ...server.flags]);
  expect(stderr).toContain(sentence.replace("$host", new URL(server.url).host));
  expect(stderr).not.toContain("Signed in");
  expect([exit, stdout]).toEqual([code, ""]);
  expect(await readdir(sandbox.folder).catch(() => [])).not.toContain("work.json");
  expect((await sandbox.run(["config", "get", "providers.work.clientId"])).exit).not.toBe(0);
});

test("a form is read as the answer that it is", async () => {
  await using sandbox = await openSandbox();
  const form = "access_token=at-1&scope=repo%2Cgist&token_type=bearer&expires_in=3600&refresh_token=rt-1";
  const type = "application/x-www-form-urlencoded; charset=utf-8";
  await using server = await startOddServer({ answers: { "/token": [200, form, type] } });
  expect((await sandbox.run(["login", "work", ...server.flags])).exit).toBe(0);
  expect((await sandbox.run(["token", "work"])).stdout).toBe("at-1\n");
});

test("a page in the place of a token ends the sign-in with a sentence", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer({ answers: { "/token": [200, "<html>Welcome</html>"] } });
  const { exit, stderr } = await sandbox.run(["login", "work", ...server.flags]);
  expect(exit).toBe(7);
  expect(stderr).toContain("answered 200 with text/html 3 times in a row, which is no answer of OAuth");
  expect(server.seen.filter((path) => path === "/token")).toHaveLength(3);
});

test("a user code of digits is shown", async () => {
  await using sandbox = await openSandbox();
  const code = { device_code: "d", user_code: 123_456, verification_uri: "$url/page", interval: 0.02 };
  await using server = await startOddServer({ answers: { "/device": [200, code] } });
  const { exit, stderr } = await sandbox.run(["login", "work", ...server.flags]);
  expect(stderr).toMatch(/enter {3}123456$/m);
  expect(exit).toBe(0);
});
