import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { type OidcServer, startOidcServer } from "../support/oidc-server.ts";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
let server: OidcServer;

beforeAll(async () => {
  // One of these tests refreshes an exchanged token.
  [sandbox, server] = await Promise.all([openSandbox({ unknownEditors: true }), startOidcServer()]);
  await sandbox.signIn();
  const args = ["login", "oauth", "--issuer", server.issuer, "--client-id", "public", "--scope", "openid"];
  const signingIn = sandbox.start(args);
  const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
  await server.approve(userCode);
  await signingIn.ended;
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const CHAT = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hello" }] });

test("only the body is printed, on stdout", async () => {
  const { exit, stdout, stderr } = await sandbox.run(["api", "copilot", "/models"]);
  expect([exit, stderr]).toEqual([0, ""]);
  expect(JSON.parse(stdout)).toMatchObject({
    data: expect.arrayContaining([expect.objectContaining({ id: "gpt-4.1" })]),
  });
  expect((await sandbox.run(["api", "copilot", "models"])).stdout).toBe(stdout);
});

test("a body from an argument, a file and stdin", async () => {
  const file = join(sandbox.home, "body.json");
  await writeFile(file, CHAT);
  for (const [data, input] of [[CHAT], [`@${file}`], ["-", CHAT], ["@-", CHAT]] as const) {
    const { exit, stdout } = await sandbox.run(
      ["api", "copilot", "/chat/completions", "-d", data],
      {},
      input,
    );
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ object: "chat.completion" });
  }
  const missing = await sandbox.run(["api", "copilot", "/chat/completions", "-d", "@/no/such/file"]);
  expect(missing).toMatchObject({
    exit: 2,
    stdout: "",
    stderr: "tokenflow: /no/such/file cannot be read (ENOENT).\n",
  });
});

test("a response is written while it arrives", async () => {
  const streamed = JSON.stringify({ ...(JSON.parse(CHAT) as object), stream: true });
  sandbox.simulator.settings.chunkDelay = 400;
  const running = sandbox.start(["api", "copilot", "/chat/completions", "-d", streamed]);
  await running.seen(/^data: /m);
  expect(running.child.exitCode).toBe(null);
  sandbox.simulator.settings.chunkDelay = 0;
  const { exit, stdout } = await running.ended;
  expect(exit).toBe(0);
  expect(stdout).toMatch(/data: \[DONE\]\n\n$/);
});

test("-X, -H and -i", async () => {
  await using api = await startApi();
  const oauth = oauthApi(api.url);
  const { exit, stdout } = await oauth([
    "-X",
    "delete",
    "-H",
    "X-One: 1",
    "-H",
    "x-two:  two words ",
    "-i",
    "/thing?a=b",
  ]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^HTTP 200 OK\n(?:[a-z-]+: .*\n)+\n/);
  expect(JSON.parse(stdout.split("\n\n")[1] ?? "")).toMatchObject({
    method: "DELETE",
    url: "/thing?a=b",
    one: "1",
    two: "two words",
  });
});

test("an HTTP error has its body on stdout, one line on stderr and an exit code", async () => {
  const unknown = await sandbox.run(["api", "copilot", "/no-such-thing"]);
  expect(unknown.exit).toBe(6);
  await expectGolden("api-not-found", unknown.stderr);
  sandbox.simulator.fault({ service: "copilot", path: "/models", status: 503 });
  const away = await sandbox.run(["api", "copilot", "/models"]);
  expect(away.exit).toBe(7);
  expect(away.stderr).toMatch(/^tokenflow: 127\.0\.0\.1:\d+ returned 503 Service Unavailable\.\n$/);
});

test("a rejected token is refreshed once", async () => {
  const before = sandbox.simulator.counts.exchanges;
  sandbox.simulator.expireTokens();
  const { exit, stderr } = await sandbox.run(["api", "copilot", "/models"]);
  expect([exit, stderr]).toEqual([0, ""]);
  expect(sandbox.simulator.counts.exchanges).toBe(before + 1);
});

test("the token is sent only to the API", async () => {
  await using other = await startApi();
  for (const path of [
    `${other.url}/x`,
    "https://example.test/x",
    `${sandbox.simulator.copilotUrl}.evil.test/x`,
    "file:///etc/passwd",
  ]) {
    const { exit, stdout, stderr } = await sandbox.run(["api", "copilot", path]);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("and the token is sent nowhere else. Give a path: /models\n");
  }
  const { exit } = await sandbox.run(["api", "copilot", `${sandbox.simulator.copilotUrl}/models`]);
  expect(exit).toBe(0);
  const oauth = oauthApi(`${other.url}/v1`);
  expect((await oauth(["/../../admin"])).exit).toBe(2);
  expect((await oauth(["//evil.test/x"])).exit).toBe(0);
  expect(other.seen).toEqual(["/v1//evil.test/x"]);
});

test("a redirect is shown, not followed", async () => {
  await using api = await startApi();
  const oauth = oauthApi(api.url);
  const { exit, stderr } = await oauth(["/elsewhere"]);
  expect(exit).toBe(6);
  expect(stderr).toContain("returned 302 Found");
  expect(api.seen).toEqual(["/elsewhere"]);
});

test("an invalid request is exit 2, and a header's value is not shown", async () => {
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { exit, stdout, stderr } = await sandbox.run(["api", ...args]);
    expect([exit, stdout]).toEqual([2, ""]);
    return stderr;
  };
  expect(await refused("copilot")).toBe(
    "tokenflow: specify a provider and a path. Run: tokenflow api copilot /models\n",
  );
  expect(await refused("copilot", "/models", "-H", "Authorization: Bearer secret")).not.toContain("secret");
  expect(await refused("copilot", "/models", "-H", "no colon in this secret")).not.toContain("secret");
  expect(await refused("copilot", "/models", "-X", "GET", "-d", "{}")).toContain("GET cannot have a body");
  expect(await refused("copilot", "/models", "--upstream", "http://evil.test")).toContain(
    "is not an https URL",
  );
  await using api = await startApi();
  for (const end of ["/v1?key=secret", "#secret"]) {
    const said = await refused("oauth", "/x", "--upstream", api.url + end);
    expect(said).toContain("the API's URL has a query or a fragment");
    expect(said).not.toContain("secret");
  }
  expect(api.seen).toEqual([]);
});

test("an unreachable API is exit 7 with what to do", async () => {
  const api = await startApi();
  await api[Symbol.asyncDispose]();
  const oauth = oauthApi(api.url);
  const { exit, stderr } = await oauth(["/x"]);
  expect(exit).toBe(7);
  expect(stderr).toMatch(
    /^tokenflow: no answer from 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Check the network, then try again\.\n$/,
  );
});

/** Runs the command with the OAuth server's tokens and our own API. */
function oauthApi(upstream: string): (args: readonly string[]) => Promise<Ended> {
  return (args) => sandbox.run(["api", "oauth", ...args, "--upstream", upstream]);
}

/** Starts an API that records its requests. */
async function startApi(): Promise<
  AsyncDisposable & { readonly url: string; readonly seen: readonly string[] }
> {
  const seen: string[] = [];
  const server = createServer(({ method, url = "", headers }, response) => {
    seen.push(url);
    if (url === "/elsewhere") return response.writeHead(302, { location: "/other" }).end();
    return response.end(
      JSON.stringify({
        method,
        url,
        one: headers["x-one"],
        two: headers["x-two"],
        bearer: headers.authorization?.startsWith("Bearer "),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
