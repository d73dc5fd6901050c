import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("an invalid command line is exit 2, with what to type", async () => {
  await using sandbox = await openSandbox();
  const cases: readonly (readonly [args: string, says: string])[] = [
    ["tokne", 'unknown command "tokne"; did you mean token? Run: tokenflow --help'],
    ["frobnicate", 'unknown command "frobnicate". Run: tokenflow --help'],
    ["--header token", "put options after the command: tokenflow <command> --header. Run: tokenflow --help"],
    ["token --jsno", 'unknown option "--jsno"; did you mean --json? Run: tokenflow token --help'],
    ["status -x", 'unknown option "-x". Run: tokenflow status --help'],
    ["token --header=yes", "--header takes no value. Run: tokenflow token --help"],
    ["token --account", 'option "--account <name>" argument missing. Run: tokenflow token --help'],
    ["token --account --header", 'option "--account <name>" argument missing. Run: tokenflow token --help'],
    ["token --account=", 'option "--account <name>" argument missing. Run: tokenflow token --help'],
    [
      "api copilot /x --data=-1 -X get",
      "GET cannot have a body. Remove --data, or choose another method with -X.",
    ],
    [
      "token copilot hyper",
      "too many arguments. Expected 1 argument but got 2: copilot, hyper. Run: tokenflow token --help",
    ],
    [
      "token copilt",
      'there is no provider "copilt"; did you mean copilot? Providers: copilot, hyper, oauth. For an OAuth server of that name, run: tokenflow login copilt --issuer <url> --client-id <id>',
    ],
    [
      "login constructor",
      'there is no provider "constructor". Providers: copilot, hyper, oauth. A name of your own has small letters, digits and hyphens, and begins with a letter',
    ],
    ["login", "specify a provider. Run: tokenflow login copilot"],
    [
      "token copilot --min-validity soon",
      '--min-validity must be a duration such as 90s, 5m or 1h30m, not "soon".',
    ],
    ["status --store etcd", 'there is no store "etcd". Stores: file, keychain, redis://…, rediss://…'],
    [
      "status --store redsi://me:s3cr3t/@p@host",
      'there is no store "redsi…". Stores: file, keychain, redis://…, rediss://…',
    ],
    [
      "token copilot redis://:s3cr3t@host",
      "too many arguments. Expected 1 argument but got 2: copilot, redis://…@host. Run: tokenflow token --help",
    ],
    ["login copilot --encrypt rot13", 'unknown encryption "rot13". Choose one of: keychain, env, passphrase'],
    ["login hyper --host tenant.ghe.com", "--host is an option of login copilot only."],
    [
      "login oauth --issuer https://id.example.com",
      'login oauth needs --client-id. Run: tokenflow login oauth --issuer <url> --client-id <id> --scope "openid offline_access"',
    ],
    [
      "token oauth:id.example.com",
      "nothing is known of oauth:id.example.com. Run: tokenflow login oauth --issuer <url> --client-id <id>",
    ],
  ];
  for (const [args, says] of cases) {
    const { exit, stdout, stderr } = await sandbox.run(args.split(" "));
    expect.soft([exit, stdout, stderr], args).toEqual([2, "", `tokenflow: ${says}\n`]);
  }
  const { exit, stderr } = await sandbox.run(["token", "copilot", "--json", "--header"]);
  expect(exit).toBe(2);
  expect(JSON.parse(stderr)).toEqual({
    error: { code: "usage", message: "--json cannot be combined with --header", exit: 2 },
  });
  expect(sandbox.simulator.counts.requests).toBe(0);
});

test("requested help is on stdout with exit 0, and other help is on stderr with exit 2", async () => {
  await using sandbox = await openSandbox();
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { exit, stdout, stderr } = await sandbox.run(args);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Commands:$/m);
  }
  for (const name of ["login", "token", "status", "logout", "stores", "proxy"]) {
    const { exit, stdout } = await sandbox.run([name, "--help"]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^Examples:\n  tokenflow ${name}|^Examples:\n  \\S.*tokenflow ${name}`, "m"),
    );
    expect(await sandbox.run(["help", name])).toMatchObject({ exit: 0, stdout });
  }
  const bare = await sandbox.run([]);
  expect([bare.exit, bare.stdout]).toEqual([2, ""]);
  expect(bare.stderr).toMatch(/^Commands:$/m);
  expect((await sandbox.run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("a store folder that is a file is exit 8, before the person is asked anything", async () => {
  await using sandbox = await openSandbox();
  await mkdir(join(sandbox.home, ".config"));
  await writeFile(sandbox.folder, "a file in its place");
  for (const command of ["login", "token"]) {
    const { exit, stdout, stderr } = await sandbox.run([command, "copilot"]);
    expect([exit, stdout]).toEqual([8, ""]);
    expect(stderr).toMatch(
      /^tokenflow: ~\/\.config\/tokenflow\/\S+ cannot be (?:read|locked) \(ENOTDIR\)\. A file has the name of a folder .*\n$/,
    );
  }
  expect(sandbox.simulator.counts.requests).toBe(0);
  expect(await readFile(sandbox.folder, "utf8")).toBe("a file in its place");
});

test("a session file that others can read is refused, with the command that fixes it", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const file = join(sandbox.folder, "copilot.json");
  await chmod(file, 0o644);
  const refused = {
    exit: 8,
    stdout: "",
    stderr:
      "tokenflow: ~/.config/tokenflow/copilot.json can be read by others. Run: chmod 600 ~/.config/tokenflow/copilot.json\n",
  };
  for (const args of [["token", "copilot"], ["token"], ["login", "copilot"], ["logout", "copilot"]]) {
    expect.soft(await sandbox.run(args), args.join(" ")).toEqual(refused);
  }
  const status = await sandbox.run(["status"]);
  expect([status.exit, status.stderr]).toEqual([
    8,
    `tokenflow: copilot/default: ${refused.stderr.slice("tokenflow: ".length)}`,
  ]);
  expect(status.stdout).toMatch(/^copilot +default .*cannot be read/m);
  await chmod(file, 0o600);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(0);
});

test("a broken session file is reported by every command and stays until a sign-in or sign-out", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const file = join(sandbox.folder, "copilot.json");
  const broken = (await readFile(file, "utf8")).slice(0, 200);
  await writeFile(file, broken);

  const token = await sandbox.run(["token", "copilot"]);
  expect([token.exit, token.stdout]).toEqual([8, ""]);
  expect(token.stderr).toMatch(
    /^tokenflow: the stored session cannot be read: .*\. Sign in again, or sign out.*\n$/,
  );
  const status = await sandbox.run(["status"]);
  expect(status.exit).toBe(8);
  expect(status.stdout).toMatch(/^copilot +default .*cannot be read/m);
  expect(status.stderr).toMatch(
    /^tokenflow: copilot\/default: the stored session cannot be read: .*\. Sign in again, or sign out.*\n$/,
  );
  expect(await readFile(file, "utf8")).toBe(broken);

  expect((await sandbox.signIn()).exit).toBe(0);
  expect(await readFile(join(sandbox.folder, "copilot.corrupt"), "utf8")).toBe(broken);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(0);
});

const UNREACHABLE =
  /^tokenflow: no answer from 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Check the network, then try again\.\n$/;

test("an unavailable service is exit 7, and the session stays", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await sandbox.simulator.close();
  const forced = await sandbox.run(["token", "copilot", "--force-refresh"]);
  expect(forced).toMatchObject({ exit: 7, stdout: "" });
  expect(forced.stderr).toMatch(UNREACHABLE);
  const login = await sandbox.run(["login", "copilot", "--account", "new"]);
  expect(login).toMatchObject({ exit: 7, stdout: "" });
  expect(login.stderr).toMatch(UNREACHABLE);
  expect(await sandbox.run(["token", "copilot"])).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^tid=/),
  });
});

test("http:// to another host is refused before anything is sent", async () => {
  await using sandbox = await openSandbox();
  for (const [args, env] of [
    [["login", "copilot"], { TOKENFLOW_GITHUB_URL: "http://github.example.com" }],
    [["login", "hyper"], { HYPER_URL: "http://hyper.example.com" }],
  ] as const) {
    const { exit, stdout, stderr } = await sandbox.run(args, env);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^tokenflow: http:\/\/\w+\.example\.com is not an https URL\. .*\n$/);
  }
});
