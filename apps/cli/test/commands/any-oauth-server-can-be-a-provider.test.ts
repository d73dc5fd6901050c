import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLIENT_SECRET, type OidcServer, startOidcServer } from "../support/oidc-server.ts";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";

const SCOPE = "openid offline_access";

async function signIn(
  sandbox: Sandbox,
  server: OidcServer,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const signingIn = sandbox.start(["login", ...args], env);
  const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
  await server.approve(userCode);
  return signingIn.ended;
}

const describe = (server: OidcServer, clientId: string): readonly string[] => [
  "oauth",
  "--issuer",
  server.issuer,
  "--client-id",
  clientId,
  "--scope",
  SCOPE,
];

test("after one sign-in it works with token, refresh, status, revoke and a second sign-in", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const { id } = server;
  const host = id.slice("oauth:".length);
  const { exit, stderr } = await signIn(sandbox, server, describe(server, "public"));
  expect(stderr).toMatch(
    new RegExp(`^Signed in to ${host} as somebody · stored in ~/\\.config/tokenflow `, "m"),
  );
  expect(stderr).toMatch(new RegExp(`^Next: tokenflow token ${id}$`, "m"));
  expect(exit).toBe(0);
  const config: unknown = JSON.parse(await readFile(join(sandbox.folder, "config.json"), "utf8"));
  expect(config).toEqual({
    providers: { [id]: { issuer: server.issuer, clientId: "public", scope: SCOPE } },
  });

  const first = await sandbox.run(["token", "oauth"]);
  expect(first).toMatchObject({ exit: 0, stderr: "" });
  expect(await sandbox.run(["token", id])).toEqual(first);
  const second = await sandbox.run(["token", id, "--force-refresh"]);
  expect(second.exit).toBe(0);
  expect(second.stdout).not.toBe(first.stdout);
  expect((await sandbox.run(["status"])).stdout).toMatch(
    new RegExp(`^${id} +default +somebody +valid `, "m"),
  );

  expect((await sandbox.run(["logout", "oauth", "--revoke"])).stderr).toBe(
    `Signed out of ${host} (somebody) and revoked there · removed from ~/.config/tokenflow\n`,
  );
  expect(await sandbox.run(["token", "oauth"])).toMatchObject({
    exit: 3,
    stderr:
      "tokenflow: not signed in to oauth (looked in ~/.config/tokenflow). Run: tokenflow login oauth --issuer <url> --client-id <id>\n",
  });
  const variable = `TOKENFLOW_${id.toUpperCase().replaceAll(/[:.]/g, "_")}_TOKEN`;
  const given = { [variable]: "given-by-hand" };
  expect(await sandbox.run(["token", "oauth"], given)).toMatchObject({ exit: 0, stdout: "given-by-hand\n" });
  expect((await sandbox.run(["logout", "oauth"], given)).stderr).toContain(variable);

  expect((await signIn(sandbox, server, ["oauth"])).exit).toBe(0);
});

test("a client's secret comes from the environment and is written nowhere", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  const env = { TOKENFLOW_OAUTH_CLIENT_SECRET: CLIENT_SECRET };
  expect((await signIn(sandbox, server, describe(server, "confidential"), env)).exit).toBe(0);
  for (const name of ["config.json", `oauth%3a127.0.0.1%3a${new URL(server.issuer).port}.json`]) {
    expect(await readFile(join(sandbox.folder, name), "utf8")).not.toContain(CLIENT_SECRET);
  }
  expect((await sandbox.run(["token", "oauth", "--force-refresh"], env)).exit).toBe(0);
});

test("an ID token is printed if it was kept from the sign-in on, and each refresh brings a new one", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  expect((await signIn(sandbox, server, describe(server, "public"))).exit).toBe(0);
  const none = await sandbox.run(["token", "oauth", "--id-token"]);
  expect([none.exit, none.stdout]).toEqual([expect.any(Number), ""]);
  expect(none.exit).not.toBe(0);
  expect(none.stderr).toContain("--id-token");

  expect((await signIn(sandbox, server, [...describe(server, "public"), "--id-token"])).exit).toBe(0);
  const first = await sandbox.run(["token", "oauth", "--id-token"]);
  expect(first).toMatchObject({ exit: 0, stderr: "" });
  expect(claimsOf(first)).toMatchObject({ iss: server.issuer, aud: "public", sub: "somebody" });
  const refresh = (): Promise<Ended> => sandbox.run(["token", "oauth", "--id-token", "--force-refresh"]);
  // Those of one second are the same, letter for letter.
  await expect.poll(async () => (await refresh()).stdout).not.toBe(first.stdout);
  expect(claimsOf(await refresh())).toMatchObject({ aud: "public" });
});

function claimsOf({ stdout }: Ended): unknown {
  return JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString());
}

test("one of several servers must be named", async () => {
  await using sandbox = await openSandbox();
  await using one = await startOidcServer();
  await using other = await startOidcServer();
  for (const server of [one, other]) await signIn(sandbox, server, describe(server, "public"));
  const both = [one.id, other.id].toSorted();
  expect(await sandbox.run(["token", "oauth"])).toMatchObject({
    exit: 2,
    stderr: `tokenflow: several sessions match: ${both.map((id) => `${id} --account default`).join(", ")}. Choose one of them.\n`,
  });
  expect((await sandbox.run(["token", other.id])).exit).toBe(0);
  expect((await sandbox.run(["login", "oauth"])).exit).toBe(2);
});
