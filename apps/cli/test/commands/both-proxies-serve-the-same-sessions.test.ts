import { createServer } from "node:http";
import { expect, test } from "vitest";
import { type OidcServer, startOidcServer } from "../support/oidc-server.ts";
import { openSandbox, type Running, type Sandbox } from "../support/sandbox.ts";

async function signInToOAuth(sandbox: Sandbox, server: OidcServer): Promise<void> {
  const { issuer } = server;
  const args = [
    "login",
    "oauth",
    "--issuer",
    issuer,
    "--client-id",
    "public",
    "--scope",
    "openid offline_access",
  ];
  const signingIn = sandbox.start(args);
  const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
  await server.approve(userCode);
  expect((await signingIn.ended).exit).toBe(0);
}

/** An API that answers with the `Authorization` header's scheme and whether there was a token. */
async function startApi(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(({ headers: { authorization = "" }, url }, response) => {
    response.end(JSON.stringify({ url, hasToken: /^Bearer \S{8,}$/.test(authorization) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/api`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Served {
  readonly sessions: readonly string[];
  readonly url: string;
  readonly running: Running;
}

async function served(running: Running): Promise<Served> {
  const [, url = ""] = await running.seen(/Listening on (\S+)/);
  const status = (await (await fetch(`${url}/api/status`)).json()) as {
    readonly sessions: readonly {
      readonly provider: string;
      readonly account: string;
      readonly state: string;
    }[];
  };
  const sessions = status.sessions.map(({ provider, account, state }) => `${provider}/${account} ${state}`);
  return { sessions, url, running };
}

async function stop({ running }: Served): Promise<string> {
  running.child.kill("SIGTERM");
  const { exit, stderr } = await running.ended;
  expect(exit).toBe(0);
  return stderr;
}

test("both programs serve the same sessions, those of an OAuth server with an upstream included", async () => {
  await using sandbox = await openSandbox();
  await using withApi = await startOidcServer();
  await using withoutApi = await startOidcServer();
  await using api = await startApi();
  await sandbox.signIn(["hyper", "--account", "work"]);
  await signInToOAuth(sandbox, withApi);
  await signInToOAuth(sandbox, withoutApi);
  await sandbox.run(["config", "set", `providers.${withApi.id}.upstream`, api.url]);

  const own = await served(sandbox.startProxy(["--port", "0"]));
  const command = await served(sandbox.start(["proxy", "--port", "0"]));

  expect(own.sessions).toEqual([
    "hyper/work valid",
    `${withApi.id}/default valid`,
    "copilot/default signed_out",
    "hyper/default signed_out",
  ]);
  expect(command.sessions).toEqual(own.sessions);
  for (const { url } of [own, command]) {
    expect(await (await fetch(`${url}/${withApi.id}/v1/me`)).json()).toEqual({
      url: "/api/me",
      hasToken: true,
    });
  }
  const why = `${withoutApi.id} is not served: its declaration in config.json has no upstream. Run: tokenflow config set providers.${withoutApi.id}.upstream <url>`;
  expect((await stop(own)).split("\n")).toContain(`tokenflow-proxy: ${why}`);
  expect((await stop(command)).split("\n")).toContain(`tokenflow: ${why}`);
});

test("a session that cannot be served is refused by name, and a wrong declaration stops no other", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOidcServer();
  await sandbox.signIn();
  await signInToOAuth(sandbox, server);
  expect(await sandbox.run(["proxy", server.id])).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining(
      `${server.id} is not served: its declaration in config.json has no upstream`,
    ),
  });

  await sandbox.run(["config", "set", `providers.${server.id}.upstream`, "http://api.example.org"]);
  for (const running of [sandbox.startProxy(["--port", "0"]), sandbox.start(["proxy", "--port", "0"])]) {
    const all = await served(running);
    expect(all.sessions).toEqual(["copilot/default valid", "hyper/default signed_out"]);
    expect(await stop(all)).toMatch(new RegExp(`: ${server.id} is not served: .*api\\.example\\.org.*https`));
  }
});

test("the first session of requests that name none is the same in both programs", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const env = { HYPER_API_KEY: "given-by-the-environment" };
  const own = await served(sandbox.startProxy(["--port", "0"], env));
  const command = await served(sandbox.start(["proxy", "--port", "0"], env));
  expect(own.sessions).toEqual(["copilot/default valid", "hyper/default valid"]);
  expect(command.sessions).toEqual(own.sessions);
  await stop(own);
  await stop(command);
});
