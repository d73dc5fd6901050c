import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  PROXY_AUTHORIZATION,
  startTunnelProxy,
  type TunnelProxy,
  type WayOutCase,
  wayOutCases,
} from "@tokenflow/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
let proxy: TunnelProxy;
/** Every address of this machine. */
let server: Server;
let arrived = 0;

beforeAll(async () => {
  sandbox = await openSandbox();
  proxy = await startTunnelProxy(() => ({ status: 403 }));
  server = createServer((_, response) => {
    arrived += 1;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  server.close();
});

/** A sign-in at each provider, whose first request goes to an address. */
const SIGN_INS: readonly ((url: string) => readonly [args: readonly string[], env: WayOutCase["env"]])[] = [
  (url) => [["login", "oauth", "--issuer", url, "--client-id", "any"], {}],
  (url) => [["login", "copilot"], { TOKENFLOW_GITHUB_URL: url }],
  (url) => [["login", "hyper"], { HYPER_URL: url }],
];

test("a sign-in at each provider goes through the proxy, directly, or names the variable", async () => {
  const { port } = server.address() as AddressInfo;
  for (const [index, { env, url, way }] of wayOutCases(proxy.host, port).entries()) {
    const asked = proxy.targets.length;
    const before = arrived;
    const [args, own] = SIGN_INS[index % SIGN_INS.length]?.(url) ?? [[], {}];
    const { exit, stderr } = await sandbox.run(args, { ...own, ...env });
    const what = `${JSON.stringify(env)} ${url} ${args[1]}: ${stderr}`;
    expect(stderr, what).not.toMatch(/secret|p%40ss/);
    if (typeof way === "object") {
      expect([exit, /\b\w+_(?:proxy|PROXY)\b/.exec(stderr)?.[0]], what).toEqual([2, way.error]);
    } else if (way === "proxy") {
      expect(stderr, what).toContain(`the proxy ${proxy.host} does not allow id.corp.test (403)`);
      expect(proxy.targets.slice(asked), what).toEqual(["id.corp.test:443"]);
      const hasUser = Object.values(env).some((value) => value.includes("me:p"));
      expect(proxy.authorizations.at(-1), what).toBe(hasUser ? PROXY_AUTHORIZATION : undefined);
      continue;
    } else if (url.startsWith("https:")) {
      expect(stderr, what).toMatch(/no answer from id\.corp\.test \((?:ENOTFOUND|EAI_AGAIN)\)/);
    } else {
      expect(arrived, what).toBeGreaterThan(before);
    }
    expect(proxy.targets.slice(asked), what).toEqual([]);
  }
});

const UNUSABLE = { HTTPS_PROXY: "socks5h://me:secret@127.0.0.1:1080" };

test("a variable that cannot be used stops no command that sends nothing through it", async () => {
  await sandbox.signIn();
  for (const args of [
    ["status"],
    ["config"],
    ["completion", "bash"],
    ["token"],
    ["token", "copilot"],
    ["providers"],
    ["logout", "copilot"],
  ]) {
    const { exit, stderr } = await sandbox.run(args, UNUSABLE);
    expect([args.join(" "), exit, stderr]).toEqual([args.join(" "), 0, expect.not.stringContaining("PROXY")]);
  }
});

test("the proxy program starts with such a variable, and answers with its name", async () => {
  const key = "a-key-of-this-test";
  const running = sandbox.startProxy(["--port", "0"], {
    ...UNUSABLE,
    TOKENFLOW_PROXY_KEY: key,
    TOKENFLOW_COPILOT_GRANT: "ghu_simulated",
    TOKENFLOW_GITHUB_API_URL: "https://api.corp.test",
  });
  const [url] = await running.seen(/http:\/\/127\.0\.0\.1:\d+/);
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "any", messages: [] }),
  });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([424, expect.stringContaining("HTTPS_PROXY names a socks5h proxy")]);
  expect(text).not.toContain("secret");
  running.child.kill("SIGTERM");
  await running.ended;
});

test("the list of exceptions that a command gets has this machine in it, and `*` stays alone", async () => {
  await sandbox.signIn();
  const print = 'console.log([process.env.NO_PROXY, process.env.no_proxy].join(" "))';
  const listed = async (env: WayOutCase["env"]): Promise<string> =>
    (await sandbox.run(["exec", "copilot", "--", process.execPath, "-e", print], env)).stdout.trim();
  const all = { HTTP_PROXY: proxy.host };
  expect(await listed({ ...all, NO_PROXY: "*" })).toBe("* *");
  expect(await listed({ ...all, no_proxy: "a.test,*" })).toBe("a.test,* a.test,*");
  const ours = "127.0.0.1,localhost,::1";
  expect(await listed({ ALL_PROXY: proxy.host, NO_PROXY: "a.test" })).toBe(`a.test,${ours} a.test,${ours}`);
  expect(await listed(all)).toBe(`${ours} ${ours}`);
  expect(await listed({ NO_PROXY: "*" })).toBe("*");
});
