import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { seedSession, startTokenServer } from "../support/token-server.ts";

const BIN = resolve(import.meta.dirname, "../../dist/bin.cjs");
const lines = (...all: readonly string[]): string => `${all.join("\n")}\n\n`;

const nothing: Readonly<Record<string, Partial<Ended>>> = {
  git: { exit: 0, stdout: "" },
  docker: { exit: 1, stdout: "credentials not found in native keychain\n" },
  bazel: { exit: 0, stdout: '{"headers":{}}\n' },
  goauth: { exit: 0, stdout: "" },
  terraform: { exit: 0, stdout: "{}\n" },
};

/** Asks for one server in each protocol. */
function ask(
  sandbox: Sandbox,
  format: string,
  server: string,
  before: readonly string[] = ["work"],
): Promise<Ended> {
  const line = ["token", ...before, "--format", format];
  const [, scheme = "https", host = ""] = /^(?:([\w+]+):\/\/)?(.*)$/s.exec(server) ?? [];
  if (format === "git") return sandbox.run([...line, "get"], {}, lines(`protocol=${scheme}`, `host=${host}`));
  if (format === "docker") return sandbox.run([...line, "get"], {}, server);
  if (format === "bazel")
    return sandbox.run([...line, "get"], {}, JSON.stringify({ uri: `${scheme}://${host}/a/b` }));
  if (format === "goauth") return sandbox.run([...line, `${scheme}://${host}/module`]);
  return sandbox.run([...line, "get", scheme === "http" ? server : host]);
}

test("the provider's own host and the named ones get the token, every other host the protocol's own nothing", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await using other = await startTokenServer();
  const token = await seedSession(sandbox, server, { declaration: { hosts: ["registry.example.org:5000"] } });
  for (const format of Object.keys(nothing)) {
    for (const address of [server.url, "https://REGISTRY.example.org:5000"]) {
      const answer = await ask(sandbox, format, address);
      expect.soft(answer, `${format} ${address}`).toMatchObject({ exit: 0, stderr: "" });
      expect.soft(answer.stdout, `${format} ${address}`).toContain(token);
    }
    for (const address of [other.url, "https://registry.example.org:5000.evil.example"]) {
      const answer = await ask(sandbox, format, address);
      expect.soft(answer, `${format} ${address}`).toMatchObject({ ...nothing[format], stderr: "" });
    }
  }
  // Without a name of a provider the host alone decides.
  expect((await ask(sandbox, "git", server.url, [])).stdout).toContain(token);
  expect(await ask(sandbox, "git", other.url, [])).toMatchObject({ exit: 0, stdout: "", stderr: "" });
  expect(server.issued).toHaveLength(1);
});

test("each protocol's answer is exact", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server);
  const { stdout } = await sandbox.run(["token", "work", "--format", "kubectl"]);
  const [, end = ""] = /"expirationTimestamp":"([^"]+)"/.exec(stdout) ?? [];
  const expiry = `password_expiry_utc=${Date.parse(end) / 1000}`;
  const git = async (...asked: readonly string[]): Promise<string> =>
    (
      await sandbox.run(
        ["token", "work", "--format", "git", "get"],
        {},
        lines("protocol=http", `host=${server.host}`, ...asked),
      )
    ).stdout;
  expect(await git()).toBe(`username=oauth2\npassword=${token}\n${expiry}\n`);
  expect(await git("capability[]=state")).toBe(`username=oauth2\npassword=${token}\n${expiry}\n`);
  const inHeader = (scheme: string, credential: string): string =>
    `capability[]=authtype\nauthtype=${scheme}\ncredential=${credential}\nephemeral=1\n${expiry}\n`;
  expect(await git("capability[]=authtype", "capability[]=state")).toBe(inHeader("Bearer", token));
  expect(await git("capability[]=authtype", 'wwwauth[]=Bearer realm="x"', "wwwauth[]=Basic")).toBe(
    inHeader("Bearer", token),
  );
  // A server that names Basic alone would refuse a bearer token.
  const basic = Buffer.from(`oauth2:${token}`).toString("base64");
  expect(await git("capability[]=authtype", 'wwwauth[]=Basic realm="GitHub"')).toBe(inHeader("Basic", basic));
  // An empty item clears the list.
  expect(await git("capability[]=authtype", "capability[]=")).toContain("password=");

  expect((await sandbox.run(["token", "--format", "git", "capability"])).stdout).toBe(
    "version 0\ncapability authtype\n",
  );
  expect(
    await sandbox.run(
      ["token", "--format", "git", "store"],
      {},
      lines("protocol=https", "host=a.example", "password=x"),
    ),
  ).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect((await ask(sandbox, "docker", server.url)).stdout).toBe(
    `{"ServerURL":"${server.url}","Username":"oauth2","Secret":"${token}"}\n`,
  );
  expect((await sandbox.run(["token", "work", "--format", "docker", "list"])).stdout).toBe(
    `{"${server.url}":"oauth2"}\n`,
  );
  for (const operation of ["store", "erase"]) {
    const refused = await sandbox.run(["token", "--format", "docker", operation], {}, "{}");
    expect(refused).toMatchObject({ exit: 1, stderr: "" });
    expect(refused.stdout).toMatch(/^tokenflow .* tokenflow log(?:in|out)/);
  }
  expect((await ask(sandbox, "bazel", `grpcs://${server.host}`)).stdout).toBe('{"headers":{}}\n');
  expect((await ask(sandbox, "bazel", server.url)).stdout).toBe(
    `{"headers":{"Authorization":["Bearer ${token}"]},"expires":"${end}"}\n`,
  );
  expect((await ask(sandbox, "goauth", server.url)).stdout).toBe(
    `${server.url}\n\nAuthorization: Bearer ${token}\n\n`,
  );
  expect(await sandbox.run(["token", "work", "--format", "goauth"])).toEqual({
    exit: 0,
    stdout: "",
    stderr: "",
  });
  expect((await ask(sandbox, "terraform", server.url)).stdout).toBe(`{"token":"${token}"}\n`);
});

test("a question that is not in the protocol is refused, and nothing is printed", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server);
  const host = `host=${server.host}`;
  const questions: readonly (readonly [format: string, input: string])[] = [
    ["git", lines("protocol=http", `host=evil.example\rhost=${server.host}`)],
    ["git", lines("protocol=http", host, `path=${"a".repeat(70_000)}`)],
    ["docker", `${server.url}\r\nhttps://evil.example`],
    ["docker", "a".repeat(70_000)],
    ["bazel", JSON.stringify({ uri: `${server.url}\r\nX: y` })],
  ];
  for (const [format, input] of questions) {
    const { exit, stdout, stderr } = await sandbox.run(
      ["token", "work", "--format", format, "get"],
      {},
      input,
    );
    const shown = `${format} ${JSON.stringify(input).slice(0, 80)}`;
    expect.soft(exit, shown).toBe(2);
    expect.soft(stderr, shown).toMatch(/^tokenflow: the question on stdin /);
    // It was sent whole, and must not be waited for.
    expect.soft(stderr, shown).not.toContain("does not end");
    // Docker shows what it finds on stdout.
    expect.soft(stdout, shown).toMatch(format === "docker" ? /^the question on stdin / : /^$/);
  }
  for (const args of [
    ["git"],
    ["git", "fill"],
    ["git", "work", "get", "x"],
    ["docker"],
    ["terraform", "get"],
  ]) {
    const [format = "", ...words] = args;
    expect
      .soft((await sandbox.run(["token", ...words, "--format", format], {}, "")).exit, args.join(" "))
      .toBe(2);
  }
});

test("a question that never ends does not hang the helper", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server);
  const endless = sandbox.start(["token", "work", "--format", "docker", "get"], {}, undefined, "pipe");
  endless.child.stdin?.on("error", () => undefined);
  const flood = setInterval(() => endless.child.stdin?.write("a".repeat(10_000)), 5);
  const flooded = await endless.ended;
  clearInterval(flood);
  expect(flooded).toMatchObject({ exit: 2, stderr: expect.stringContaining("is too long") });
  // Git leaves stdin open after its empty line.
  const open = sandbox.start(["token", "work", "--format", "git", "get"], {}, undefined, "pipe");
  open.child.stdin?.write(lines("protocol=http", `host=${server.host}`));
  expect((await open.ended).stdout).toContain(token);
  const silent = sandbox.start(["token", "work", "--format", "bazel", "get"], {}, undefined, "pipe");
  silent.child.stdin?.write('{"uri":');
  expect(await silent.ended).toMatchObject({
    exit: 2,
    stdout: "",
    stderr: expect.stringContaining("does not end"),
  });
});

// A pipe of the shell, which is not the socket that Node opens for a child.
test.skipIf(process.platform === "win32")(
  "a question may come through a pipe, in pieces, and be a part of a file",
  async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer();
    const token = await seedSession(sandbox, server);
    const question = lines("protocol=http", `host=${server.host}`);
    const [first, rest] = [question.slice(0, 20), question.slice(20)];
    const env = { HOME: sandbox.home, PATH: process.env["PATH"], question, first, rest };
    const git = `'${process.execPath}' '${BIN}' token work --format git get`;
    const scripts = [
      `printf %s "$question" | ${git}`,
      // Git leaves the pipe open: here until it has the answer.
      `mkfifo "$HOME/done"; { printf %s "$question"; read -r _ < "$HOME/done"; } | { ${git}; echo > "$HOME/done"; }`,
      `{ sleep 1; printf %s "$first"; sleep 1; printf %s "$rest"; } | ${git}`,
      `printf 'for another\\n%s' "$question" > "$HOME/file"; { read -r _; ${git}; } < "$HOME/file"`,
    ];
    for (const script of scripts) {
      const { stdout, stderr } = await promisify(execFile)("sh", ["-c", script], { env });
      expect.soft(stdout, script).toContain(`password=${token}`);
      expect.soft(stderr, script).toBe("");
    }
    const flood = `head -c 70000 /dev/zero | tr '\\0' a | ${git}`;
    await expect(promisify(execFile)("sh", ["-c", flood], { env })).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("is too long"),
    });
  },
);

test("the program's name says which helper it is", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server);
  const folder = join(sandbox.home, "names");
  await mkdir(folder);
  const names = [
    "git-credential-tokenflow",
    "tokenflow-git-credential",
    "docker-credential-tokenflow",
    "terraform-credentials-tokenflow",
  ];
  for (const name of names) await symlink(BIN, join(folder, name));
  await chmod(BIN, 0o755);
  const runs = [
    ...names.map((name) => join(folder, name)),
    ...names.slice(0, 3).map((name) => resolve(import.meta.dirname, `../../bin/${name}.cjs`)),
  ];
  for (const path of runs) {
    const words = path.includes("terraform") ? ["get", server.url] : ["get"];
    const child = spawn(process.execPath, [path, ...words], {
      env: { HOME: sandbox.home, PATH: process.env["PATH"] },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
    child.stdin
      .on("error", () => undefined)
      .end(path.includes("git") ? lines("protocol=http", `host=${server.host}`) : server.url);
    await once(child, "close");
    expect.soft(stdout, path).toContain(token);
  }
});

test("the account that a program names chooses the session, and no other person's token answers", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const ada = await seedSession(sandbox, server, { account: "ada", login: "ada@example.org" });
  const bob = await seedSession(sandbox, server, { account: "bob", login: "bob@example.org" });
  const get = (username?: string): Promise<Ended> =>
    sandbox.run(
      ["token", "work", "--format", "git", "get"],
      {},
      lines(
        "protocol=http",
        `host=${server.host}`,
        ...(username === undefined ? [] : [`username=${username}`]),
      ),
    );
  expect((await get("ada")).stdout).toContain(`username=ada\npassword=${ada}\n`);
  expect((await get("bob@example.org")).stdout).toContain(bob);
  expect(await get("eve@example.org")).toMatchObject({ exit: 0, stdout: "" });
  const several = await get();
  expect(several).toMatchObject({ exit: 0, stdout: "" });
  expect(several.stderr).toContain("work/ada, work/bob");
  const none = await sandbox.run(
    ["token", "hyper", "--format", "docker", "get"],
    {},
    sandbox.simulator.hyperUrl,
  );
  expect(none).toMatchObject({ exit: 1, stdout: "credentials not found in native keychain\n" });
});

test("erase replaces the refused token once, and no other", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const first = await seedSession(sandbox, server);
  const erase = (...more: readonly string[]): Promise<Ended> =>
    sandbox.run(
      ["token", "work", "--format", "git", "erase"],
      {},
      lines("protocol=http", `host=${server.host}`, ...more),
    );
  const quiet = { exit: 0, stdout: "", stderr: "" };
  expect(await erase("username=oauth2", "password=another-secret-of-before")).toEqual(quiet);
  expect(await erase("username=oauth2")).toEqual(quiet);
  expect(server.issued).toEqual([first]);
  expect(await erase("username=oauth2", `password=${first}`)).toEqual(quiet);
  expect(server.issued).toHaveLength(2);
  // The new token is refused as well: it is not its age that the server refuses.
  const second = server.issued[1] ?? "";
  const basic = Buffer.from(`oauth2:${second}`).toString("base64");
  expect(await erase("authtype=Basic", `credential=${basic}`)).toEqual(quiet);
  expect(server.issued).toHaveLength(2);
  expect((await sandbox.run(["token", "work"])).stdout).toBe(`${second}\n`);
});

test("a user name that a program would read as something else is refused in the settings", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server);
  for (const name of ["<token>", "a\npassword=x", "a b", "a:b", "a\u2028b", ""]) {
    const set = await sandbox.run(["config", "set", "providers.work.username", name]);
    expect.soft(set, JSON.stringify(name)).toMatchObject({ exit: 2, stdout: "" });
    // Somebody wrote it into the file.
    await seedSession(sandbox, server, { declaration: { username: name }, token });
    for (const format of ["git", "docker", "netrc"]) {
      const asked =
        format === "netrc"
          ? await sandbox.run(["token", "work", "--format", format])
          : await ask(sandbox, format, server.url);
      expect.soft(asked.exit, `${format} ${JSON.stringify(name)}`).toBe(2);
      expect.soft(asked.stdout, `${format} ${JSON.stringify(name)}`).not.toContain(token);
    }
  }
  await seedSession(sandbox, server, { declaration: { username: "DOMAIN\\robot" }, token });
  expect((await ask(sandbox, "git", server.url)).stdout).toContain("username=DOMAIN\\robot\n");
  expect(await sandbox.run(["token", "work", "--format", "netrc"])).toMatchObject({ exit: 2, stdout: "" });
});
