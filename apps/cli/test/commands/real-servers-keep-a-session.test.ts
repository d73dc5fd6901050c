import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isStaleTable, SERVER_CASES, type ServerCase, type ServerClient } from "@tokenflow/services";
import { describe, expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const { env } = process;
const isWhole = Boolean(env["CI"] || env["MODE"] === "all" || env["TOKENFLOW_WRITE_PAGES"]);
/** The first client of each server. The whole run takes several times as long. */
const firsts = SERVER_CASES.filter((one, at) => SERVER_CASES[at - 1]?.server !== one.server);
const cases = (isWhole ? SERVER_CASES : firsts).filter(({ isInstalled }) => isInstalled());
const rows = new Map<ServerCase, readonly string[]>();

describe("the command keeps a session at a server that others wrote:", () => {
  test.each(cases.map((one) => [one.server, one.client, one] as const))("%s, %s", async (_, __, one) => {
    await using sandbox = await openSandbox();
    const { server, client } = await one.open();
    await using _server = server;
    const secret = client.clientSecret;
    const args = ["login", "work", ...flagsOf(server.issuer, client)];
    const signingIn = sandbox.start(args, {}, undefined, secret === undefined ? undefined : "pipe");
    signingIn.child.stdin?.end(secret);
    const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
    await server.approve(userCode);
    const signedIn = await signingIn.ended;
    if (one.refuses) {
      expect([signedIn.exit, signedIn.stderr]).toEqual([
        expect.any(Number),
        expect.stringMatching(one.refuses),
      ]);
      expect(signedIn.exit).not.toBe(0);
      rows.set(one, ["told as not supported", "–", "–", "–"]);
      return;
    }
    expect(signedIn).toMatchObject({ exit: 0, stderr: expect.stringContaining("Signed in to") });
    if (!one.hasRefresh) {
      expect((await sandbox.run(["status"])).stdout).toContain("valid, no refresh");
      expect((await sandbox.run(["logout", "work", "--revoke"])).stderr).toContain("offers no revocation");
      rows.set(one, ["yes", "–", "–", "–"]);
      return;
    }
    const tokens = new Set([(await sandbox.run(["token", "work"])).stdout]);
    for (const _ of [1, 2]) {
      const { exit, stdout } = await sandbox.run(["token", "work", "--force-refresh"]);
      expect(exit).toBe(0);
      tokens.add(stdout);
    }
    expect(tokens.size).toBe(3);

    if (one.refusesToRevoke) {
      const out = await sandbox.run(["logout", "work", "--revoke"]);
      expect(out.stderr).toMatch(
        /^Signed out of .* · removed from .*\nIt could not be revoked\. .*\n.* answered 401/,
      );
      expect(out.exit).not.toBe(0);
      rows.set(one, ["yes", "yes", "–", "refused by the server, and told"]);
      return;
    }
    const file = join(
      sandbox.folder,
      (await readdir(sandbox.folder)).find((name) => name === "work.json") ?? "",
    );
    const copy = await readFile(file);
    const out = await sandbox.run(["logout", "work", "--revoke"]);
    expect(out).toMatchObject({ exit: 0, stderr: expect.stringContaining("and revoked there") });
    // As if another machine still had the session that was revoked.
    await writeFile(file, copy, { mode: 0o600 });
    const dead = await sandbox.run(["refresh", "work", "--json"]);
    expect(dead).toMatchObject({ exit: 3, stderr: expect.stringContaining('"code":"session.revoked"') });
    rows.set(one, ["yes", "yes", "yes", "yes"]);
  });

  test("as docs/services.md shows", async ({ skip }) => {
    skip(cases.length < SERVER_CASES.length, "not every client was tried");
    const head = ["server", "client", "sign-in", "refresh twice", "dead grant", "revoke"];
    const table = SERVER_CASES.map((one) => [one.server, one.client, ...(rows.get(one) ?? [])]);
    expect(await isStaleTable("docs/services.md", "real servers by command", head, table)).toBe(false);
  });
});

function flagsOf(issuer: string, client: ServerClient): readonly string[] {
  const { service, register, clientId, clientSecret, clientAuthentication, scope, resource, pkce } = client;
  return [
    ...(service ? ["--service", service.name, "--variable", `url=${service.url}`] : ["--issuer", issuer]),
    ...(register ? ["--register"] : []),
    ...(clientId === undefined ? [] : ["--client-id", clientId]),
    ...(clientSecret === undefined ? [] : ["--client-secret-stdin"]),
    ...(clientAuthentication === undefined ? [] : ["--client-auth", "post"]),
    ...(scope === undefined ? [] : ["--scope", scope]),
    ...(resource === undefined ? [] : ["--resource", resource]),
    ...(pkce ? ["--pkce"] : []),
  ];
}
