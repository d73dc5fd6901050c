import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hasServices } from "@tokenflow/services";
import { expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

/** Writes opencode's file with a token for the simulated GitHub. */
async function putOpencode({ home, simulator }: Sandbox, refresh: string): Promise<string> {
  const path = join(home, ".local/share/opencode/auth.json");
  await mkdir(join(path, ".."), { recursive: true });
  const entry = { refresh, enterpriseUrl: simulator.githubUrl };
  await writeFile(path, JSON.stringify({ "github-copilot-enterprise": entry }));
  return path;
}

/** Writes the database of the language server. */
async function putDatabase({ home, simulator }: Sandbox, token: string): Promise<void> {
  const folder = join(home, ".config/github-copilot");
  await mkdir(folder, { recursive: true });
  using database = new DatabaseSync(join(folder, "auth.db"));
  database.exec(
    "CREATE TABLE oauth_tokens (token_id INTEGER, auth_authority TEXT, token_ciphertext TEXT, last_used_at INTEGER)",
  );
  const { host } = new URL(simulator.githubUrl);
  database.prepare("INSERT INTO oauth_tokens VALUES (1, ?, ?, 1)").run(host, token);
}

test("without a terminal and without --yes, nothing is read", async () => {
  await using sandbox = await openSandbox();
  await putOpencode(sandbox, sandbox.simulator.createGrant("github"));
  const { exit, stderr } = await sandbox.run(["import", "copilot"]);
  expect(stderr).toMatch(/^tokenflow: import reads .* To agree, run: tokenflow import copilot --yes$/m);
  expect(exit).toBe(2);
  expect(sandbox.simulator.counts.requests).toBe(0);
});

test("with --yes it is tried, stored, used and not revoked, and the other program's file stays", async () => {
  await using sandbox = await openSandbox();
  const grant = sandbox.simulator.createGrant("github");
  const path = await putOpencode(sandbox, grant);
  const before = await readFile(path, "utf8");
  const { exit, stdout, stderr } = await sandbox.run(["import", "--yes"]);
  await expectGolden("import", `$ tokenflow import --yes\n${stderr}`);
  expect([exit, stdout]).toEqual([0, ""]);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(0);

  const again = await sandbox.run(["import", "--yes"]);
  expect(again.stderr).toMatch(/copilot already.* --overwrite\.$/m);
  expect(again.exit).toBe(2);
  expect((await sandbox.run(["import", "--yes", "--overwrite"])).exit).toBe(0);

  const out = await sandbox.run(["logout", "copilot", "--revoke"]);
  expect(out.stderr).not.toContain("and revoked there");
  expect(out.stderr).toContain("It was imported and is not revoked");
  expect((await sandbox.run(["import", "--yes"])).exit).toBe(0);
  expect(await readFile(path, "utf8")).toBe(before);
});

test("a session under another key is replaced only with --force, and kept aside", async () => {
  await using sandbox = await openSandbox();
  await putOpencode(sandbox, sandbox.simulator.createGrant("github"));
  await sandbox.signIn();
  const file = join(sandbox.folder, "copilot.json");
  const locked = '{"tokenflow_encrypted":1,"key_id":"another"}';
  await writeFile(file, locked, { mode: 0o600 });
  const refused = await sandbox.run(["import", "--yes", "--overwrite"]);
  expect(refused).toMatchObject({ exit: 8, stderr: expect.stringContaining("import --force") });
  expect(await readFile(file, "utf8")).toBe(locked);
  expect((await sandbox.run(["import", "--yes", "--force"])).exit).toBe(0);
  expect(await readFile(join(sandbox.folder, "copilot.corrupt"), "utf8")).toBe(locked);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(0);
});

test("if there are several, the person chooses one by number or source", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  await putDatabase(sandbox, simulator.createGrant("github", { login: "hubot" }));
  await putOpencode(sandbox, simulator.createGrant("github"));
  const several = await sandbox.run(["import", "--yes"]);
  expect(several.exit).toBe(2);
  expect(several.stderr).toBe(
    [
      "1  ~/.config/github-copilot/auth.db",
      "2  ~/.local/share/opencode/auth.json",
      "tokenflow: several sign-ins were found. Choose one: tokenflow import copilot --from 1",
      "",
    ].join("\n"),
  );
  expect(simulator.counts.requests).toBe(0);
  const first = await sandbox.run(["import", "--yes", "--from", "1"]);
  expect(first.stderr).toContain("as hubot");
  const second = ["import", "--yes", "--account", "two", "--from", "~/.local/share/opencode/auth.json"];
  expect((await sandbox.run(second)).stderr).toContain("as octocat");
});

test("a rejected one is reported in the provider's words, and nothing is stored", async () => {
  await using sandbox = await openSandbox();
  await putOpencode(sandbox, sandbox.simulator.createGrant("github"));
  sandbox.simulator.revokeGrants();
  const { exit, stderr } = await sandbox.run(["import", "--yes"]);
  expect(stderr).toMatch(
    /^tokenflow: the sign-in from ~\/\S+ was not imported: GitHub .* Run: tokenflow login copilot$/m,
  );
  expect(exit).toBe(3);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(3);
});

test("a single-use grant in one of our sessions is not imported", async () => {
  await using sandbox = await openSandbox({ githubExpiring: true });
  await sandbox.signIn();
  const file = join(sandbox.folder, "copilot.json");
  const { exit, stderr } = await sandbox.run(["import", "--yes", "--file", file, "--account", "copy"]);
  expect(stderr).toMatch(/^Not usable: ~\/\.config\/tokenflow\/copilot\.json\. /m);
  expect(exit).toBe(3);
});

/** In the other modes the sign-ins of an app that may not exchange them go to the API itself. */
const EXCHANGE = { TOKENFLOW_COPILOT_MODE: "exchange" };

test("GitHub names the app of a sign-in if the file does not", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  await putDatabase(sandbox, simulator.createGrant("github", { clientId: "178c6fc778ccc68e1d6a" }));
  const refused = await sandbox.run(["import", "--yes"], EXCHANGE);
  expect(refused.stderr).toBe(
    "tokenflow: the sign-in from ~/.config/github-copilot/auth.db was not imported: GitHub does not let sign-ins of GitHub CLI use Copilot (404). Run: tokenflow login copilot\n",
  );
  expect(refused.exit).toBe(6);

  const clientId = "01ab8ac9400c4e429b23";
  await writeFile(join(sandbox.home, "token.txt"), `${simulator.createGrant("github", { clientId })}\n`);
  const taken = await sandbox.run(["import", "--yes", "--file", join(sandbox.home, "token.txt")]);
  expect(taken.stderr).toContain('Imported from ~/token.txt (app "Visual Studio Code") to GitHub Copilot');
  const record: unknown = JSON.parse(await readFile(join(sandbox.folder, "copilot.json"), "utf8"));
  expect(record).toMatchObject({ origin: "import", grant: { clientId } });
});

test("a sign-in that goes to the API itself is imported only if the API accepts it", async () => {
  await using sandbox = await openSandbox({ directScheme: "token" });
  const { simulator } = sandbox;
  const file = join(sandbox.home, "token.txt");
  const ofApp = simulator.createGrant("github", { clientId: "178c6fc778ccc68e1d6a" });
  await writeFile(file, `${ofApp}\n`);
  const taken = await sandbox.run(["import", "--yes", "--file", file]);
  expect(taken).toMatchObject({ exit: 0, stderr: expect.stringContaining("Imported from ~/token.txt") });
  expect(simulator.journal.at(-1)).toMatchObject({ kind: "models", status: 200 });
  const before = simulator.counts.requests;
  expect((await sandbox.run(["token", "copilot", "--header"])).stdout).toContain("Authorization: token gho_");
  // The scheme that the API asked for was stored with the session.
  expect(simulator.journal.slice(before).map(({ kind }) => kind)).toEqual(["usage"]);

  simulator.settings.directTokens = false;
  const refused = await sandbox.run(["import", "--yes", "--file", file, "--account", "two"]);
  expect(refused.stderr).toMatch(
    /^tokenflow: the sign-in from ~\/token\.txt was not imported: Copilot answered 401/m,
  );
  expect(refused.exit).not.toBe(0);
  expect((await sandbox.run(["token", "copilot", "--account", "two"])).exit).toBe(3);

  const nowhere = { TOKENFLOW_COPILOT_API_URL: "http://127.0.0.1:9" };
  const unreachable = await sandbox.run(["import", "--yes", "--file", file, "--account", "two"], nowhere);
  expect(unreachable.stderr).toMatch(/was not imported: .*127\.0\.0\.1:9/);
  expect(unreachable.exit).toBe(7);
});

test("a token of Actions is imported for direct mode", async () => {
  await using sandbox = await openSandbox();
  const file = join(sandbox.home, "token.txt");
  await writeFile(file, sandbox.simulator.createGrant("github", { clientId: "actions" }));
  expect(await sandbox.run(["import", "--yes", "--file", file])).toMatchObject({ exit: 0, stdout: "" });
  expect((await sandbox.run(["token", "copilot"])).stdout).toMatch(/^ghs_/);
  const exchanged = ["import", "--yes", "--file", file, "--account", "two"];
  const refused = await sandbox.run(exchanged, EXCHANGE);
  expect(refused.stderr).toContain("cannot be exchanged");
});

test("login --import imports the first that works, else the person signs in", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  await putDatabase(sandbox, simulator.createGrant("github", { clientId: "178c6fc778ccc68e1d6a" }));
  const signingIn = sandbox.start(["login", "copilot", "--import"], EXCHANGE);
  const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
  simulator.approve(userCode);
  const { exit, stderr } = await signingIn.ended;
  expect(stderr).toMatch(
    /^The sign-in from ~\/.config\/github-copilot\/auth.db was not imported: .* GitHub CLI .*\nOpen http/,
  );
  expect(exit).toBe(0);

  await putOpencode(sandbox, simulator.createGrant("github", { login: "hubot" }));
  const taken = await sandbox.run(["login", "copilot", "--import"], EXCHANGE);
  expect(taken.stderr).toMatch(/^The sign-in from .*\nImported from ~\/.local\/.* as hubot · stored in /);
  expect(taken.exit).toBe(0);
  expect((await sandbox.run(["status"])).stdout).toContain("hubot");
  expect((await sandbox.run(["login", "hyper", "--import"])).exit).toBe(2);
});

test("for another provider, the token of a cache file is stored, and a grant is refused", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn(["hyper"]);
  const session: unknown = JSON.parse(await readFile(join(sandbox.folder, "hyper.json"), "utf8"));
  const { access_token, expires_in, expires_at } = Object(session);
  const cache = { access_token, token_type: "Bearer", expires_in, expires_at };
  const put = async (name: string, content: unknown): Promise<string> => {
    await writeFile(join(sandbox.home, name), JSON.stringify(content));
    return join(sandbox.home, name);
  };
  await put("cache.json", cache);
  const copy = ["import", "hyper", "--yes", "--account", "copy", "--file"];
  const kept = await sandbox.run([...copy, join(sandbox.home, "cache.json")]);
  expect(kept.stderr).toMatch(
    /^Imported the token in ~\/cache.json to Charm Hyper · stored in .* · until \d/,
  );
  expect(kept.exit).toBe(0);
  expect(await sandbox.run(["token", "hyper", "--account", "copy"])).toMatchObject({
    exit: 0,
    stdout: `${access_token}\n`,
  });

  const over = { ...cache, expires_at: "2020-01-01T00:00:00Z" };
  for (const [file, why] of [
    [await put("over.json", over), "has expired"],
    ["/dev/zero", "is not a regular file"],
    [join(sandbox.folder, "hyper.json"), "used only once"],
    [await put("empty.json", {}), "contains no token: the token cache"],
    [join(sandbox.home, "none.json"), "cannot be read"],
  ] as const) {
    const refused = await sandbox.run([...copy.with(4, "other"), file]);
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining(why)]);
  }
  expect((await sandbox.run(["import", "hyper", "--yes"])).exit).toBe(2);
  expect((await sandbox.run([...copy, "x", "--host", "github.com"])).exit).toBe(2);
});

test("a token from stdin is tried and then stored", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  const login = ["--with-token"];
  const good = await sandbox.run(["login", "copilot", ...login], {}, `${simulator.createGrant("github")}\n`);
  expect(good.stderr).toMatch(/^Signed in to GitHub Copilot as octocat · stored in ~\/\.config\/tokenflow /);
  expect(good.exit).toBe(0);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(0);

  expect((await sandbox.run(["login", "hyper", ...login], {}, simulator.createGrant("hyper"))).exit).toBe(0);
  expect((await sandbox.run(["token", "hyper"])).exit).toBe(0);

  const bad = await sandbox.run(["login", "copilot", ...login], {}, "ghu_neverIssuedByAnybody");
  expect(bad.exit).toBe(3);
  expect((await sandbox.run(["token", "copilot", "--force-refresh"])).exit).toBe(0);
  expect((await sandbox.run(["login", "copilot", ...login], {}, "")).exit).toBe(2);
});

test.skipIf(!hasServices("script"))("on a terminal the person is asked and can decline", async () => {
  await using sandbox = await openSandbox();
  await putOpencode(sandbox, sandbox.simulator.createGrant("github"));
  const refused = sandbox.startInTerminal(["import"]);
  await refused.seen(/\[y\/N\] /);
  refused.child.stdin?.write("\n");
  expect(await refused.ended).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining("Nothing was read."),
  });
  expect(sandbox.simulator.counts.requests).toBe(0);

  const agreed = sandbox.startInTerminal(["import"]);
  await agreed.seen(/\[y\/N\] /);
  agreed.child.stdin?.write("y\n");
  expect(await agreed.ended).toMatchObject({ exit: 0, stdout: expect.stringContaining("Imported from") });

  const interrupted = sandbox.startInTerminal(["import", "--overwrite"]);
  await interrupted.seen(/\[y\/N\] /);
  interrupted.child.stdin?.write("\u0003");
  expect((await interrupted.ended).exit).toBe(130);
});

test.skipIf(!hasServices("script"))("a sign-in on a terminal names the file of another program", async () => {
  await using sandbox = await openSandbox();
  await putOpencode(sandbox, sandbox.simulator.createGrant("github"));
  const signingIn = sandbox.startInTerminal(["login", "copilot"]);
  await signingIn.seen(
    /Found a sign-in of another program \(auth\.json\)\. To use it, run: tokenflow import copilot\r?\n/,
  );
  await signingIn.seen(/and enter/);
  signingIn.child.stdin?.write("\u0003");
  expect((await signingIn.ended).exit).toBe(130);
});
