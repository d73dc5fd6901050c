import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

interface Server extends AsyncDisposable {
  readonly url: string;
  /** The forms that were sent, and the error of the next answers. */
  readonly forms: Record<string, string>[];
  error: string | undefined;
}

async function startServer(): Promise<Server> {
  const forms: Record<string, string>[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    forms.push(Object.fromEntries(new URLSearchParams(text)));
    response.setHeader("content-type", "application/json");
    if (result.error === undefined) {
      response.end(
        JSON.stringify({
          access_token: `workload-token-${forms.length}`,
          token_type: "Bearer",
          expires_in: 3600,
        }),
      );
    } else
      response
        .writeHead(400)
        .end(JSON.stringify({ error: result.error, error_description: "wrong audience" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const result: Server = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forms,
    error: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return result;
}

test("a program signs in by its platform's token, which is read for each redemption", async () => {
  await using sandbox = await openSandbox();
  await using server = await startServer();
  const file = join(sandbox.home, "projected-token");
  await writeFile(file, "first-platform-token\n");
  const login = ["login", "ci", "--endpoint", `token=${server.url}/token`, "--grant", "jwt-bearer"];
  const signedIn = await sandbox.run([...login, "--assertion", `file:${file}`]);
  expect(signedIn).toMatchObject({ exit: 0, stdout: "" });
  expect(signedIn.stderr).toContain("without a person");
  expect(await sandbox.run(["token", "ci"])).toMatchObject({ exit: 0, stdout: "workload-token-2\n" });
  await writeFile(file, "second-platform-token");
  expect(await sandbox.run(["token", "ci", "--force-refresh"])).toMatchObject({
    stdout: "workload-token-3\n",
  });
  expect(server.forms.map((form) => form["assertion"])).toEqual([
    "first-platform-token",
    "first-platform-token",
    "second-platform-token",
  ]);
  expect(server.forms[0]).toEqual({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: "first-platform-token",
  });
  expect(await readFile(join(sandbox.folder, "ci.json"), "utf8")).not.toContain("platform-token");
  expect(await sandbox.run(["status"])).toMatchObject({ exit: 0, stdout: expect.stringContaining("ci") });

  const exchange = await sandbox.run([
    ...["login", "swap", "--endpoint", `token=${server.url}/token`, "--client-id", "job"],
    ...["--grant", "token-exchange", "--assertion", "command:printf %s from-a-command", "--audience", "api"],
  ]);
  expect(exchange.exit).toBe(0);
  expect(server.forms.at(-1)).toMatchObject({
    subject_token: "from-a-command",
    audience: "api",
    client_id: "job",
  });
  await sandbox.run(
    [
      "login",
      "client",
      "--endpoint",
      `token=${server.url}/token`,
      "--client-id",
      "job",
      "--grant",
      "client_credentials",
      "--assertion",
      "env:JOB_TOKEN",
    ],
    { JOB_TOKEN: "from-a-variable" },
  );
  expect(server.forms.at(-1)).toMatchObject({
    grant_type: "client_credentials",
    client_assertion: "from-a-variable",
  });
});

test("a refusal says what to compare, keeps the session and stores no new one", async () => {
  await using sandbox = await openSandbox();
  await using server = await startServer();
  const login = (name: string, source = "env:JOB_TOKEN"): ReturnType<typeof sandbox.run> =>
    sandbox.run(
      [
        "login",
        name,
        "--endpoint",
        `token=${server.url}/token`,
        "--grant",
        "jwt-bearer",
        "--assertion",
        source,
      ],
      { JOB_TOKEN: "the-token-of-the-job" },
    );
  expect((await login("ci")).exit).toBe(0);
  server.error = "invalid_grant";
  const refused = await login("other");
  expect(refused).toMatchObject({ exit: 2, stdout: "" });
  expect(refused.stderr).toContain("does not accept this workload: wrong audience");
  expect(refused.stderr).toContain("the audience of the platform's token");
  expect((await sandbox.run(["token", "other"])).stderr).toContain('there is no provider "other"');
  server.error = undefined;
  expect(await sandbox.run(["token", "ci"], { JOB_TOKEN: "the-next-token" })).toMatchObject({ exit: 0 });

  const sent = server.forms.length;
  const wrong: readonly (readonly [source: string, says: string])[] = [
    ["keyring", "is no source of a platform's token"],
    ["env:MISSING", "the variable MISSING"],
    ["file:/nowhere/token", "/nowhere/token cannot be read (ENOENT)"],
    ["command:exit 3", "failed (3)"],
    ["command:echo two words", "not one word"],
    ["actions", "id-token: write"],
  ];
  for (const [source, says] of wrong) {
    const { exit, stderr } = await login("broken", source);
    expect.soft(exit, source).toBe(2);
    expect.soft(stderr, source).toContain(says);
  }
  expect(server.forms).toHaveLength(sent);
  expect((await sandbox.run(["login", "x", "--issuer", server.url, "--grant", "password"])).stderr).toContain(
    'unknown grant "password"',
  );
});
