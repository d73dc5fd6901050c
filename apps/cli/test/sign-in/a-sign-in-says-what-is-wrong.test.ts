import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startOddServer } from "../support/odd-server.ts";
import { openSandbox } from "../support/sandbox.ts";

describe("before anything is sent:", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      "a service without the device flow",
      ["dropbox"],
      ["dropbox has no device flow", "--browser", "https://developers.dropbox.com/oauth-guide"],
    ],
    ["the same as --service", ["work", "--service", "slack"], ["slack has no device flow"]],
    [
      "a service that registers no clients for others",
      ["docker-hub"],
      ["Docker registers no clients for other programs", "personal access token"],
    ],
    [
      "all that is missing",
      ["keycloak"],
      [
        "login keycloak needs --client-id <id>, --variable url=<value>, --variable realm=<value>.",
        "--variable realm=<value>: The realm.",
        "Register a client for your program: https://",
      ],
    ],
    [
      "a secret among what is missing",
      ["google"],
      ["login google needs --client-id <id>, --client-secret-stdin.", "TOKENFLOW_GOOGLE_CLIENT_SECRET"],
    ],
    [
      "what is missing besides the client id",
      ["auth0", "--client-id", "a"],
      ["login auth0 needs --variable url=<value>, --audience <url>."],
    ],
    [
      "a value that a service does not have",
      ["gitlab", "--client-id", "a", "--tenant", "x"],
      ['GitLab has no variable "tenant". It has: url.'],
    ],
    [
      "a value that no service has",
      ["buildkite", "--client-id", "a", "--variable", "x=y"],
      ['Buildkite has no variable "x". It has none.'],
    ],
    [
      "a value without a service",
      ["work", "--issuer", "https://a.test", "--client-id", "a", "--tenant", "x"],
      ["--tenant is an option of services that are known by name"],
    ],
    ["an issuer alone", ["work", "--issuer", "https://a.test"], ["login work needs --client-id"]],
    ["a name that none can be", ["1abc"], ['there is no provider "1abc"', "begins with a letter"]],
    [
      "a password in an address",
      ["work", "--issuer", "http://me:pw@127.0.0.1:1", "--client-id", "a"],
      ["http://127.0.0.1:1 has a user name or a password in it. Leave them out."],
    ],
  ])("%s", async (_, args, sentences) => {
    await using sandbox = await openSandbox();
    const { exit, stdout, stderr } = await sandbox.run(["login", ...args]);
    for (const sentence of sentences) expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect([exit, stdout]).toEqual([2, ""]);
  });
});

test("a service's values are added to those that are declared", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer();
  const work = { service: "keycloak", clientId: "a", variables: { url: server.url } };
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  await writeFile(join(sandbox.folder, "config.json"), JSON.stringify({ providers: { work } }));
  const none = await sandbox.run(["login", "work"]);
  expect(none.stderr).toContain('Keycloak needs "realm". realm: The realm.');
  const other = await sandbox.run(["login", "work", "--variable", "app=x"]);
  expect([other.exit, other.stderr]).toEqual([2, expect.stringContaining('Keycloak has no value "app"')]);
  const whole = await sandbox.run(["login", "work", "--variable", "realm=one"]);
  expect(whole.stderr).toContain(`${new URL(server.url).host} answered 404`);
});

const metadata = { token_endpoint: "$url/token" };
const login = (flags: readonly string[]): readonly string[] => ["login", "work", ...flags];

test("a device endpoint that is no whole address is named, and keeps nobody from refreshing", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer({
    metadata: { ...metadata, device_authorization_endpoint: "/device" },
  });
  const { exit, stderr } = await sandbox.run(login(server.flags));
  expect([exit, stderr]).toEqual([
    2,
    expect.stringMatching(/no whole address for its device authorization endpoint: "\/device"/),
  ]);
  expect(stderr).toContain("--endpoint device=<url>");
  const given = [...server.flags, "--endpoint", `device=${server.url}/device`];
  expect((await sandbox.run(login(given))).exit).toBe(0);
});

test("a server that registers nobody is told as such", async () => {
  await using sandbox = await openSandbox();
  const registers = { ...metadata, registration_endpoint: "$url/register" };
  for (const [status, hint] of [
    [401, "TOKENFLOW_<NAME>_REGISTRATION_TOKEN"],
    [400, "Register a client on its pages"],
  ] as const) {
    await using server = await startOddServer({
      metadata: registers,
      answers: { "/register": [status, { error: "invalid_token", error_description: "Not you" }] },
    });
    const { exit, stderr } = await sandbox.run(["login", "work", "--issuer", server.url, "--register"]);
    expect(stderr).toMatch(/refuses to register a client: answered 40[01] \(invalid_token\): Not you/);
    expect(stderr).toContain(hint);
    expect(exit).toBe(2);
  }
});

test("the browser is advised only if the server has a page for it", async () => {
  await using sandbox = await openSandbox();
  const answers = { "/device": [403, { error: "admin_policy_enforced" }] } as const;
  const device = { ...metadata, device_authorization_endpoint: "$url/device" };
  const pages = [undefined, "$url/authorize"];
  const told = [];
  for (const page of pages) {
    await using server = await startOddServer({
      answers,
      metadata: { ...device, ...(page === undefined ? {} : { authorization_endpoint: page }) },
    });
    told.push((await sandbox.run(login(server.flags))).stderr.includes("--browser"));
  }
  expect(told).toEqual([false, true]);
});

test("why the sign-in continues in the browser is told first", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer({
    metadata: { ...metadata, authorization_endpoint: "$url/authorize" },
  });
  const running = sandbox.start(login(server.flags));
  const [seen] = await running.seen(/^tokenflow: .*\nOpen http.*/m);
  running.child.kill("SIGINT");
  await running.ended;
  expect(seen).toMatch(/has no device authorization endpoint\. Continuing in the browser\.\nOpen /);
});
