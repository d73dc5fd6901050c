import { expect, test } from "vitest";
import { declaredOrigins, serverOrigin, usernameFor } from "../../src/formats/server.ts";
import { HELPERS, splitWords } from "../../src/formats/table.ts";

test("a server is an https origin, or http on this machine, and has one spelling", () => {
  const origins: Readonly<Record<string, string>> = {
    "https://git.example.org": "https://git.example.org",
    "git.example.org": "https://git.example.org",
    "GIT.example.org:443": "https://git.example.org",
    "https://git.example.org/a/b?c#d": "https://git.example.org",
    "registry.example.org:5000": "https://registry.example.org:5000",
    "grpcs://cache.example.org": "https://cache.example.org",
    "https://bücher.example": "https://xn--bcher-kva.example",
    "http://127.0.0.1:3000": "http://127.0.0.1:3000",
    "http://[::1]:3000/": "http://[::1]:3000",
    "https://index.docker.io/v1/": "https://index.docker.io",
  };
  for (const [text, origin] of Object.entries(origins)) expect.soft(serverOrigin(text), text).toBe(origin);
});

test("what could be read as two servers, and what is not encrypted, is none", () => {
  const refused = [
    "",
    "https://",
    "http://git.example.org",
    "ftp://git.example.org",
    "file:///etc/passwd",
    "https://user@git.example.org",
    "https://git.example.org@evil.example",
    "https://git.example.org\\@evil.example",
    "https://git.example.org%40evil.example",
    "https://git.example.org:443:443",
    "https://git.example.org:99999",
    "https://git.example.org evil.example",
    "https://git.example.org\u0000",
    "https://git.example.org\r\nevil.example",
    "https://git.example.org\u2028",
    "http://0x7f.example.org",
    "http://127.0.0.1.evil.example",
  ];
  for (const text of refused) expect.soft(serverOrigin(text), JSON.stringify(text)).toBeUndefined();
  // A full stop at the end, and a port, make another server.
  expect(serverOrigin("git.example.org.")).not.toBe(serverOrigin("git.example.org"));
});

test("a declaration's servers are its own, its API and the named ones", () => {
  expect(
    declaredOrigins({
      issuer: "https://login.example.org/realm",
      endpoints: { token: "https://login.example.org/token" },
      upstream: "https://api.example.org/v1",
      hosts: ["git.example.org", "http://plain.example.org", "bad host"],
    }),
  ).toEqual(["https://login.example.org", "https://api.example.org", "https://git.example.org"]);
});

test("a token in the place of a password has the user name that its service documents", () => {
  const names: Readonly<Record<string, string>> = {
    "https://github.com": "x-access-token",
    "https://acme.ghe.com": "x-access-token",
    "https://ghcr.io": "x-access-token",
    "https://bitbucket.org": "x-token-auth",
    "https://europe-docker.pkg.dev": "oauth2accesstoken",
    "https://gitlab.com": "oauth2",
    "https://notgithub.com": "oauth2",
  };
  for (const [origin, name] of Object.entries(names)) expect.soft(usernameFor(origin), origin).toBe(name);
  expect(usernameFor("https://github.com", { username: "robot" })).toBe("robot");
});

test("git's question is refused if a value could be read in two ways", () => {
  const { git } = HELPERS;
  const host = "host=git.example.org";
  const refused = [
    `protocol=https\n${host}\r\n\n`,
    `protocol=https\nhost=evil.example\rhost=git.example.org\n\n`,
    `protocol=https\n${host}\0.evil.example\n\n`,
    `protocol=https\n${host}\u001B[2K\n\n`,
    `protocol=https\n${host}\u2028\n\n`,
    `protocol=https\n${host}\nusername=a\tb\n\n`,
    `protocol=https\n${host}\nhost=evil.example\n\n`,
    `protocol=https\n${host}\nno equals sign\n\n`,
    `protocol=https\n${host}\n=value\n\n`,
  ];
  for (const input of refused) {
    expect
      .soft(() => git?.read("get", input, undefined), JSON.stringify(input))
      .toThrow("the question on stdin");
  }
  // Unknown names are for newer helpers, and what follows the empty line is no question.
  expect(
    git?.read("get", `protocol=https\n${host}\nfuture=1\n__proto__=x\n\nhost=evil.example\n`, undefined),
  ).toMatchObject({
    kind: "get",
    origin: "https://git.example.org",
  });
});

test("the operation comes last, and a provider before it", () => {
  const words = (format: string, ...all: readonly string[]): unknown => {
    const helper = HELPERS[format];
    return helper && splitWords(helper, all);
  };
  expect(words("git", "get")).toEqual({ provider: undefined, operation: "get", argument: undefined });
  expect(words("git", "work", "erase")).toEqual({
    provider: "work",
    operation: "erase",
    argument: undefined,
  });
  expect(words("git", "get", "get")).toBeUndefined();
  for (const wrong of [
    ["git"],
    ["git", "work"],
    ["git", "fill"],
    ["git", "a", "b", "get"],
    ["bazel", "get", "x"],
  ]) {
    const [format = "", ...rest] = wrong;
    expect.soft(words(format, ...rest), wrong.join(" ")).toBeUndefined();
  }
  expect(words("terraform", "work", "get", "app.example.org")).toMatchObject({
    provider: "work",
    argument: "app.example.org",
  });
  expect(words("goauth", "https://go.example.org/a")).toMatchObject({
    provider: undefined,
    argument: "https://go.example.org/a",
  });
  expect(words("goauth", "work")).toMatchObject({ provider: "work", argument: undefined });
});
