import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLIENT_SECRET, type OidcServer, startOidcServer } from "../support/oidc-server.ts";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";

const SCOPE = ["--scope", "openid offline_access"];

async function signIn(
  sandbox: Sandbox,
  server: OidcServer,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<Ended> {
  const signingIn = sandbox.start(
    ["login", ...args],
    env,
    undefined,
    input === undefined ? undefined : "pipe",
  );
  if (input !== undefined) signingIn.child.stdin?.end(input);
  const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
  await server.approve(userCode);
  return signingIn.ended;
}

const at = (server: OidcServer, clientId: string): readonly string[] => [
  "--issuer",
  server.issuer,
  "--client-id",
  clientId,
  ...SCOPE,
];

const declared = async (sandbox: Sandbox): Promise<unknown> =>
  JSON.parse(await readFile(join(sandbox.folder, "config.json"), "utf8"));

test("two clients of one server have a name each, and neither sign-in touches the other", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  await signIn(sandbox, server, ["work", ...at(server, "public")]);
  const secret = { TOKENFLOW_HOME_CLIENT_SECRET: CLIENT_SECRET };
  await signIn(sandbox, server, ["home", ...at(server, "confidential")], secret);

  expect(await declared(sandbox)).toMatchObject({
    providers: { work: { clientId: "public" }, home: { clientId: "confidential" } },
  });
  const tokens = [
    await sandbox.run(["token", "work", "--force-refresh"]),
    await sandbox.run(["token", "home", "--force-refresh"], secret),
  ];
  expect(tokens.map(({ exit, stderr }) => [exit, stderr])).toEqual([
    [0, ""],
    [0, ""],
  ]);
  expect((await sandbox.run(["logout", "work", "--revoke"])).exit).toBe(0);
  expect((await sandbox.run(["token", "home"])).exit).toBe(0);
  // Without flags the name is enough.
  expect((await signIn(sandbox, server, ["work"])).exit).toBe(0);
});

test("a sign-in that fails leaves the declaration that works", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  await signIn(sandbox, server, ["work", ...at(server, "public")]);
  const before = await declared(sandbox);

  const wrong = await sandbox.run(["login", "work", ...at(server, "pubilc")]);
  expect(wrong.exit).toBe(2);
  expect(await declared(sandbox)).toEqual(before);
  expect((await sandbox.run(["token", "work", "--force-refresh"])).exit).toBe(0);
});

test("without a name a second client on the same host is refused, and told how to name it", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  await signIn(sandbox, server, ["oauth", ...at(server, "public")]);
  const second = await sandbox.run(["login", "oauth", ...at(server, "confidential")]);
  expect(second.exit).toBe(2);
  expect(second.stderr).toContain(`${server.id} is already another server or client`);
  expect(second.stderr).toContain("tokenflow login <name> --issuer <url> --client-id <id>");
  expect((await sandbox.run(["token", "oauth", "--force-refresh"])).exit).toBe(0);
});

test("a secret belongs to one server: another one is never sent it", async () => {
  await using sandbox = await openSandbox();
  await using confidential = await startOidcServer();
  await using other = await startOidcServer();
  const shared = { TOKENFLOW_OAUTH_CLIENT_SECRET: CLIENT_SECRET };
  await signIn(sandbox, confidential, ["oauth", ...at(confidential, "confidential")], shared);
  // The certified server refuses a public client that sends a secret.
  expect((await signIn(sandbox, other, ["oauth", ...at(other, "public")], shared)).exit).toBe(0);
  expect((await signIn(sandbox, other, ["work", ...at(other, "public")], shared)).exit).toBe(0);
  const own = `TOKENFLOW_${confidential.id.toUpperCase().replaceAll(/[:.]/g, "_")}_CLIENT_SECRET`;
  const refreshed = await sandbox.run(["token", confidential.id, "--force-refresh"], {
    [own]: CLIENT_SECRET,
  });
  expect(refreshed.exit).toBe(0);
});

test("a secret from stdin is kept with the session, and nowhere else", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const args = ["work", ...at(server, "confidential"), "--client-secret-stdin"];
  expect((await signIn(sandbox, server, args, {}, `${CLIENT_SECRET}\n`)).exit).toBe(0);
  expect(JSON.stringify(await declared(sandbox))).not.toContain(CLIENT_SECRET);
  expect((await sandbox.run(["token", "work", "--force-refresh"])).exit).toBe(0);
  expect((await sandbox.run(["status", "--json"])).stdout).not.toContain(CLIENT_SECRET);
  expect((await sandbox.run(["login", "work", "--client-secret-stdin"])).exit).toBe(2);
});

test("every member of a declaration is an option, and shown by config", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const endpoint = `revocation=${server.issuer}/token/revocation`;
  await signIn(sandbox, server, [
    "work",
    ...at(server, "public"),
    "--endpoint",
    endpoint,
    "--origin",
    "https://api.example.test",
    "--client-auth",
    "none",
    "--parameter",
    "prompt=none=1",
    "--upstream",
    "https://api.example.test/v1",
  ]);
  expect(await declared(sandbox)).toEqual({
    providers: {
      work: {
        issuer: server.issuer,
        clientId: "public",
        scope: "openid offline_access",
        endpoints: { revocation: `${server.issuer}/token/revocation` },
        origins: ["https://api.example.test"],
        clientAuthentication: "none",
        parameters: { prompt: "none=1" },
        upstream: "https://api.example.test/v1",
      },
    },
  });
  expect((await sandbox.run(["config", "get", "providers.work.clientId"])).stdout).toBe("public\n");
  expect((await sandbox.run(["config", "set", "providers.work.audience", "https://a.test"])).exit).toBe(0);
});

test.each([
  [["login", "Work", "--issuer", "https://a.test", "--client-id", "a"], '"Work" cannot name a provider'],
  [["login", "copilot", "--issuer", "https://a.test"], "--issuer is an option of OAuth servers only"],
  [["login", "work", "--client-id", "a"], "login work needs --issuer."],
  [
    ["login", "work", "--issuer", "https://a.test", "--client-id", "a", "--endpoint", "x=y"],
    'unknown endpoint "x"',
  ],
  [
    ["login", "work", "--issuer", "https://a.test", "--client-id", "a", "--client-auth", "x"],
    'unknown client authentication "x"',
  ],
  [
    ["login", "work", "--issuer", "https://a.test", "--client-id", "a", "--parameter", "x"],
    '--parameter must be name=value, not "x"',
  ],
  [["token", "work"], "tokenflow login work --issuer <url> --client-id <id>"],
])("%j is refused in a sentence", async (args, sentence) => {
  await using sandbox = await openSandbox();
  const { exit, stderr } = await sandbox.run(args);
  expect(stderr).toContain(sentence);
  expect(exit).toBe(2);
});

test("a service that is known by name needs its client id, and its own values", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const missing = await sandbox.run(["login", "zitadel"]);
  expect(missing.exit).toBe(2);
  expect(missing.stderr).toMatch(
    /login zitadel needs --client-id <id>, --variable url=<value>\. .*Register a client for your program: https:/s,
  );
  const address = await sandbox.run(["login", "zitadel", "--client-id", "public"]);
  expect(address.stderr).toContain("login zitadel needs --variable url=<value>");

  const args = ["--client-id", "public", "--variable", `url=${server.issuer}`, ...SCOPE];
  expect((await signIn(sandbox, server, ["zitadel", ...args])).exit).toBe(0);
  expect(await declared(sandbox)).toEqual({
    providers: {
      zitadel: {
        service: "zitadel",
        clientId: "public",
        scope: "openid offline_access",
        variables: { url: server.issuer },
      },
    },
  });
  expect((await sandbox.run(["token", "zitadel", "--force-refresh"])).exit).toBe(0);
  expect((await signIn(sandbox, server, ["two", "--service", "zitadel", ...args])).exit).toBe(0);
});

test("the services are listed with what each needs", async () => {
  await using sandbox = await openSandbox();
  const { stdout } = await sandbox.run(["providers"]);
  expect(stdout).toMatch(/^gitlab +GitLab +--client-id$/m);
  expect(stdout).toMatch(/^auth0 +Auth0 +--client-id, --variable url=…, --audience$/m);
  expect(stdout).toMatch(/^keycloak +Keycloak +--client-id, --variable url=…, --variable realm=…$/m);
  expect(stdout).toMatch(/^Without the device flow: .*\bdropbox\b/m);
  expect((await sandbox.run(["login", "work", "--service", "nothing"])).stderr).toContain(
    'no service is known as "nothing". Run: tokenflow providers',
  );
});
