import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";
import { createIdToken, seedSession, startTokenServer } from "../support/token-server.ts";

test("each format prints exactly its own text, with and without the fast path", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server, { declaration: { upstream: `${server.url}/v1` } });
  const end =
    /"expires_at":"([^"]+)"/.exec((await sandbox.run(["token", "work", "--json"])).stdout)?.[1] ?? "";
  const seconds = `${end.slice(0, 19)}Z`;
  const expected: Readonly<Record<string, string>> = {
    bearer: token,
    header: `Authorization: Bearer ${token}`,
    "headers-json": `{"Authorization":"Bearer ${token}"}`,
    json: `{"access_token":"${token}","token_type":"Bearer","expires_at":"${end}","base_url":"${server.url}/v1","provider":"work","account":"default"}`,
    kubectl: `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"expirationTimestamp":"${seconds}","token":"${token}"}}`,
    netrc: `machine 127.0.0.1 login oauth2 password ${token}`,
    env: `TOKENFLOW_WORK_TOKEN=${token}`,
  };
  for (const [format, text] of Object.entries(expected)) {
    const fast = await sandbox.run(["token", "work", "--format", format]);
    expect.soft(fast, format).toEqual({ exit: 0, stdout: `${text}\n`, stderr: "" });
    const slow = await sandbox.run(["token", "work", "--format", format, "--account", "default"]);
    expect.soft(slow, format).toEqual(fast);
  }
  expect(await sandbox.run(["token", "work", "--format", "env", "--variable", "API_TOKEN"])).toMatchObject({
    stdout: `API_TOKEN=${token}\n`,
  });
  expect(server.issued).toHaveLength(1);
});

test("a format that does not exist, or several, are usage errors", async () => {
  await using sandbox = await openSandbox();
  for (const args of [
    ["--format", "kubctl"],
    ["--json", "--header"],
    ["--format", "git", "--json"],
    ["--format", "env", "--variable", "A=B"],
  ]) {
    expect
      .soft(await sandbox.run(["token", "copilot", ...args]), args.join(" "))
      .toMatchObject({ exit: 2, stdout: "" });
  }
  expect((await sandbox.run(["token", "copilot", "--format", "kubctl"])).stderr).toContain(
    "did you mean kubectl?",
  );
});

test("a token with spaces or quotes is refused where it would be read as syntax", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server, { token: "two words-in-a-token" });
  for (const format of ["header", "headers-json", "kubectl", "netrc", "env"]) {
    expect
      .soft(await sandbox.run(["token", "work", "--format", format]), format)
      .toMatchObject({ exit: 2, stdout: "" });
  }
  await seedSession(sandbox, server, { token: "a;touch$(pwned)'secret" });
  expect(await sandbox.run(["token", "work", "--format", "env"])).toMatchObject({
    stdout: `TOKENFLOW_WORK_TOKEN='a;touch$(pwned)'\\''secret'\n`,
  });
  await seedSession(sandbox, server, { token: '"quoted#secret-token' });
  expect(await sandbox.run(["token", "work", "--format", "netrc"])).toMatchObject({ exit: 2, stdout: "" });
});

test("AWS credentials are printed only if the token contains them", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server);
  const refused = await sandbox.run(["token", "work", "--format", "aws"]);
  expect(refused).toMatchObject({ exit: 2, stdout: "" });
  expect(refused.stderr).toContain("AWS_WEB_IDENTITY_TOKEN_FILE");
  const keys = { AccessKeyId: "AKIA0000", SecretAccessKey: "aws-secret-key", SessionToken: "aws-session" };
  await seedSession(sandbox, server, { token: JSON.stringify(keys) });
  const { stdout } = await sandbox.run(["token", "work", "--format", "aws"]);
  expect(JSON.parse(stdout)).toEqual({
    Version: 1,
    ...keys,
    Expiration: expect.stringMatching(/^\d{4}-.*:\d\dZ$/),
  });
});

test("kubectl gets the version that it asked for, and no token for another cluster", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server, { declaration: { hosts: ["k8s.example.org:6443"] } });
  const ask = (info: unknown): ReturnType<typeof sandbox.run> =>
    sandbox.run(["token", "work", "--format", "kubectl"], {
      KUBERNETES_EXEC_INFO: typeof info === "string" ? info : JSON.stringify(info),
    });
  const version = (name: string): string => `client.authentication.k8s.io/${name}`;
  const info = (apiVersion: string, address?: string): unknown => ({
    apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(address === undefined ? {} : { cluster: { server: address } }) },
  });
  expect(JSON.parse((await ask(info(version("v1beta1")))).stdout)).toMatchObject({
    apiVersion: version("v1beta1"),
  });
  expect(await ask(info(version("v1"), "https://k8s.example.org:6443"))).toMatchObject({ exit: 0 });
  const refusals = [
    info(version("v1alpha1")),
    info(version("v1"), "https://other.example.org"),
    info(version("v1"), "http://k8s.example.org:6443"),
    info(version("v1"), "not an address"),
    "{",
  ];
  for (const refused of refusals) {
    expect.soft(await ask(refused), JSON.stringify(refused)).toMatchObject({ exit: 2, stdout: "" });
  }
});

test("an ID token is refreshed by its own end, and an old one is never printed", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const declaration = { keepIdToken: true };
  const alive = createIdToken(1800);
  await seedSession(sandbox, server, { idToken: alive, declaration });
  const kubectl = JSON.parse(
    (await sandbox.run(["token", "work", "--id-token", "--format", "kubectl"])).stdout,
  ) as {
    readonly status: { readonly token: string; readonly expirationTimestamp: string };
  };
  expect(kubectl.status.token).toBe(alive);
  const left = (Date.parse(kubectl.status.expirationTimestamp) - Date.now()) / 1000;
  expect(left).toBeGreaterThan(1750);
  expect(left).toBeLessThanOrEqual(1800);

  // The access token is fresh, and the ID token is not.
  await seedSession(sandbox, server, { idToken: createIdToken(-5), declaration });
  const renewed = createIdToken(3600, "renewed");
  server.answer["id_token"] = renewed;
  expect(await sandbox.run(["token", "work", "--id-token"])).toEqual({
    exit: 0,
    stdout: `${renewed}\n`,
    stderr: "",
  });

  Reflect.deleteProperty(server.answer, "id_token");
  await seedSession(sandbox, server, { idToken: createIdToken(-5), declaration });
  const none = await sandbox.run(["token", "work", "--id-token"]);
  expect(none).toMatchObject({ exit: 7, stdout: "" });
  expect(none.stderr).toContain("issued no new ID token");
  // One refresh showed it. A loop of calls must not ask the service each time.
  const before = server.issued.length;
  await sandbox.run(["token", "work", "--id-token"]);
  expect(server.issued).toHaveLength(before);

  // Nobody can tell when it ends, and another refresh would bring no better one.
  await seedSession(sandbox, server, { idToken: "e30.e30.c2ln", declaration });
  const endless = await sandbox.run(["token", "work", "--id-token"]);
  expect(endless).toMatchObject({ exit: 7, stdout: "" });
  expect(endless.stderr).toContain("issues ID tokens without an end (exp)");
  expect(server.issued).toHaveLength(before + 1);

  await seedSession(sandbox, server);
  expect((await sandbox.run(["token", "work", "--id-token"])).stderr).toContain("holds no ID token");
});
