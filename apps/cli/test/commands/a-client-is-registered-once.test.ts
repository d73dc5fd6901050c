import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as services from "@tokenflow/services";
import { expect, test } from "vitest";
import { startOidcServer } from "../support/oidc-server.ts";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";

const at = ({ issuer }: services.OidcServer): readonly string[] => ["--issuer", issuer, "--register"];
const SCOPE = ["--scope", "openid offline_access"];

async function signIn(
  sandbox: Sandbox,
  server: services.OidcServer,
  ...args: readonly string[]
): Promise<Ended> {
  const signingIn = sandbox.start(["login", ...args]);
  const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
  await server.approve(userCode);
  return signingIn.ended;
}

const registered = ({ stderr }: Ended): string | undefined =>
  /^Registered a client at \S+: (\S+)$/m.exec(stderr)?.[1];

const clientIdOf = async (sandbox: Sandbox, name: string): Promise<string> =>
  (await sandbox.run(["config", "get", `providers.${name}.clientId`])).stdout.trim();

/** Changes the record of the registered client. */
async function change(sandbox: Sandbox, members: object): Promise<void> {
  const file = (await readdir(sandbox.folder)).find(
    (name) => name.startsWith("%23client") && name.endsWith(".json"),
  );
  const path = join(sandbox.folder, file ?? "");
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), ...members }));
}

test("it is registered with the first sign-in, and used by the next ones, under any name and after a logout", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const first = await signIn(sandbox, server, "work", ...at(server), ...SCOPE);
  const clientId = registered(first) ?? "";
  expect(first.exit).toBe(0);
  expect(await clientIdOf(sandbox, "work")).toBe(clientId);
  expect((await sandbox.run(["token", "work", "--force-refresh"])).exit).toBe(0);

  expect((await sandbox.run(["logout", "work", "--revoke"])).stderr).toContain("and revoked there");
  const again = await signIn(sandbox, server, "work");
  expect([again.exit, registered(again)]).toEqual([0, undefined]);
  const other = await signIn(sandbox, server, "home", ...at(server), ...SCOPE);
  expect([other.exit, registered(other)]).toEqual([0, undefined]);
  expect(await clientIdOf(sandbox, "home")).toBe(clientId);

  expect((await sandbox.run(["status", "--json"])).stdout).not.toContain("#client");
  expect((await sandbox.run(["doctor"])).stdout).not.toContain("#client");
  expect((await sandbox.run(["logout", "--all"])).stderr).not.toContain("#client");
  expect(registered(await signIn(sandbox, server, "work"))).toBeUndefined();
});

test("when its secret has ended, the next sign-in registers another, and ends the session that cannot be refreshed", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const old = registered(await signIn(sandbox, server, "work", ...at(server), ...SCOPE));
  await change(sandbox, { secretExpiresAt: Date.now() - 1 });
  const again = await signIn(sandbox, server, "work");
  expect(again.exit).toBe(0);
  expect(registered(again)).not.toBe(old);
  expect(await clientIdOf(sandbox, "work")).toBe(registered(again));
  expect((await sandbox.run(["token", "work", "--force-refresh"])).exit).toBe(0);
});

test("when the server no longer knows it, another is registered: at once if the server says so, else the next time", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  await signIn(sandbox, server, "work", ...at(server), ...SCOPE);
  await change(sandbox, { registrationToken: "no-longer-valid" });
  const again = await signIn(sandbox, server, "work");
  expect([again.exit, typeof registered(again)]).toEqual([0, "string"]);

  await sandbox.run(["logout", "work"]);
  await change(sandbox, { clientId: "gone", registrationUri: undefined });
  const refused = await sandbox.run(["login", "work"]);
  expect(refused.exit).toBe(2);
  expect(refused.stderr).toContain("It is forgotten: run the same command again to register another");
  expect((await signIn(sandbox, server, "work")).exit).toBe(0);
});

test.each(["basic", "post"])(
  "where every client has a secret, it is registered with one, which %s sends and the session keeps",
  async (method) => {
    await using sandbox = await openSandbox();
    const authenticationMethods = [`client_secret_${method}`];
    await using server = await services.startOidcServer({ clients: [], authenticationMethods });
    const signedIn = await signIn(sandbox, server, "work", ...at(server), ...SCOPE);
    expect([signedIn.exit, typeof registered(signedIn)]).toEqual([0, "string"]);
    const declared = await sandbox.run(["config", "get", "providers.work"]);
    expect(declared.stdout).toContain(`client_secret_${method}`);
    expect(declared.stdout).not.toMatch(/secret"|clientSecret/);
    expect((await sandbox.run(["token", "work", "--force-refresh"])).exit).toBe(0);
    expect((await sandbox.run(["logout", "work", "--revoke"])).stderr).toContain("and revoked there");
    expect((await signIn(sandbox, server, "home", ...at(server), ...SCOPE)).exit).toBe(0);
    expect(await clientIdOf(sandbox, "home")).toBe(registered(signedIn));
  },
);

test("a client of one's own takes its place", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  await signIn(sandbox, server, "work", ...at(server), ...SCOPE);
  const taken = await sandbox.run(["login", "work", "--client-id", "public"]);
  expect(taken.stderr).toContain("belongs to another server or client");
  expect((await sandbox.run(["token", "work"])).exit).toBe(0);
  await sandbox.run(["logout", "work"]);
  expect((await signIn(sandbox, server, "work", "--client-id", "public")).exit).toBe(0);
  expect((await sandbox.run(["config", "get", "providers.work"])).stdout).not.toContain("register");
});

test("the address for the browser is registered and declared", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const redirectUri = "http://127.0.0.1:8085/callback";
  const args = [...at(server), "--redirect-uri", redirectUri];
  expect((await signIn(sandbox, server, "work", ...args, ...SCOPE)).exit).toBe(0);
  expect((await sandbox.run(["config", "get", "providers.work.redirectUri"])).stdout).toBe(
    `${redirectUri}\n`,
  );
});

test.each([
  [["--register", "--client-id", "a"], "--register cannot be combined with --client-id"],
  [["--register", "--client-auth", "basic"], "--register cannot be combined with --client-auth"],
  [["--register", "--client-secret-stdin"], "--register cannot be combined with --client-secret-stdin"],
  [
    ["--client-id", "a", "--redirect-uri", "https://a.test/"],
    "--redirect-uri must be an address on this machine",
  ],
  [
    ["--client-id", "a", "--redirect-uri", "http://127.0.0.1/#x"],
    "--redirect-uri must be an address on this machine",
  ],
  [["--client-id", "a", "--redirect-uri", "nonsense"], "--redirect-uri must be an address on this machine"],
  [["--client-id", "a", "--parameter", "client_secret=abc123"], "would put a secret on the command line"],
  [
    ["--client-id", "a", "--client-secret", "abc123"],
    'there is no option "--client-secret": other users could read',
  ],
  [
    ["--client-id", "a", "--client-secret=abc123"],
    'there is no option "--client-secret": other users could read',
  ],
  [
    ["--client-id", "a", "--refresh-token=abc123"],
    'there is no option "--refresh-token": other users could read',
  ],
  [["--client-id", "a", "--unknown=abc123"], 'unknown option "--unknown"'],
  [["--client-id", ""], 'option "--client-id <id>" argument missing'],
  [["--client-id", "a", "--tenant", "x", "--variable", "tenant=y"], "--tenant cannot be combined with"],
  [["--client-id", "a", "--service", "gitlab"], "--service and --issuer name two servers"],
  [["--client-id", "a", "--parameter", "client_id=b"], "--parameter client_id is sent by TokenFlow itself"],
  [["--client-id", "a", "--parameter", "grant_type=b"], "--parameter grant_type is sent by TokenFlow itself"],
  [["--client-id", "a", "--parameter", "a=1", "--parameter", "a=2"], "--parameter a is given twice"],
])("%j is refused in a sentence, without a secret in it", async (args, sentence) => {
  await using sandbox = await openSandbox();
  const { exit, stderr } = await sandbox.run([
    "login",
    "work",
    "--issuer",
    "https://login.example.test",
    ...args,
  ]);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain("abc123");
  expect(exit).toBe(2);
});

test.each(["constructor", "prototype", "1abc", "-a"])("a server cannot be named %s", async (name) => {
  await using sandbox = await openSandbox();
  const at = ["--issuer", "https://login.example.test", "--client-id", "a"];
  const { exit, stderr } = await sandbox.run(["login", ...(name.startsWith("-") ? ["--"] : []), name, ...at]);
  expect(exit).toBe(2);
  expect(stderr).not.toContain("Signed in");
  if (!name.startsWith("-")) expect(stderr).toContain(`"${name}" cannot name a provider`);
});

test("an issuer in plain text is refused before anything is sent, and one that cannot register is named", async () => {
  await using sandbox = await openSandbox();
  for (const more of [["--register"], ["--client-id", "a"]]) {
    const plain = await sandbox.run(["login", "work", "--issuer", "http://login.example.test", ...more]);
    expect([plain.exit, plain.stderr]).toEqual([2, expect.stringMatching(/https/)]);
  }
  const noIssuer = ["--endpoint", "token=https://a.test/token", "--register"];
  expect((await sandbox.run(["login", "work", ...noIssuer])).stderr).toContain(
    "Use --issuer with --register",
  );
});
