import { once } from "node:events";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type McpServer, type OidcServer, startMcpServer, startOidcServer } from "@tokenflow/services";
import type { Agent } from "./scene/agents.ts";
import { CLI, end, lastLine, type Run, type Scene, until, verdictOf } from "./scene/scene.ts";

/** The trials with sign-ins of the person, in the order of the table's columns. */
export const SIGN_IN_TRIALS = [
  "MCP server by the bridge",
  "model by a helper",
  "MCP server by a helper",
] as const;
export type SignInTrial = (typeof SIGN_IN_TRIALS)[number];

/** In seconds: tokens end while the agent works. */
const TOKEN_LIFETIME = 3;
/** In seconds, for an agent that asks its helper once for each connection and then keeps the token. */
const CONNECTION_LIFETIME = 600;
const CLIENT = "cli";
/** May ask the authorization server about tokens. */
const INSPECTOR = "inspector";
/** The tool of the MCP server that the model calls. */
const TOOL = "echo";
const PROMPT = "Repeat this sentence";
/** How long the model takes for its first answer, in milliseconds: longer than a token lives. */
const SLOW = (TOKEN_LIFETIME + 1) * 1000;

interface Subject {
  readonly scene: Scene;
  readonly agent: Agent;
}

/** Tries an agent with servers that want a sign-in: `✓` with the number of tokens, or what went wrong. */
export async function trySignIns(subject: Subject): Promise<Partial<Record<SignInTrial, string>>> {
  const { agent } = subject;
  const bridge = await tryBridge(subject);
  return {
    "MCP server by the bridge": bridge,
    ...(agent.helpers?.includes("model") ? { "model by a helper": await tryModelHelper(subject) } : {}),
    ...(agent.helpers?.includes("mcp") ? { "MCP server by a helper": await tryMcpHelper(subject) } : {}),
  };
}

/** The agent starts `tokenflow mcp`, as `setup --mcp` says, and its model calls a tool of the server. */
async function tryBridge({ scene, agent }: Subject): Promise<string> {
  await using oidc = await startOidc();
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: INSPECTOR });
  const home = await prepareHome(scene);
  await loginInBrowser(scene, oidc, [`mcp:${server.url}`], home);
  const { output } = await scene.tokenflow(["setup", agent.name, "--mcp", server.url, "--json"], home).ended;
  const { settings } = JSON.parse(output) as { settings: { command?: string[]; text?: string } };
  const [program = "", ...words] = settings.command ?? [];
  if (settings.text !== undefined) await writeFile(join(home, "opencode.json"), settings.text);
  else await scene.start(program, words, home).ended;
  return await askForTool({ scene, agent }, server, home);
}

/** The agent's `headersHelper` prints the headers for the server, as `setup --mcp --write` sets it. */
async function tryMcpHelper({ scene, agent }: Subject): Promise<string> {
  await using oidc = await startOidc(CONNECTION_LIFETIME);
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: INSPECTOR });
  const home = await prepareHome(scene);
  await loginByCode(scene, oidc, ["files", "--resource", server.url], home);
  await scene.tokenflow(["config", "set", "providers.files.hosts", new URL(server.url).origin], home).ended;
  const setup = ["setup", agent.name, "files", "--mcp", server.url, "--write", "--yes"];
  const written = await scene.tokenflow(setup, home).ended;
  if (written.exit !== 0) return `setup: ${lastLine(written.output)}`;
  return await askForTool({ scene, agent }, server, home);
}

async function askForTool({ scene, agent }: Subject, server: McpServer, home: string): Promise<string> {
  const { settings } = scene.simulator;
  settings.callsTool = TOOL;
  const model = agent.models.Claude ?? "";
  const args = [...agent.args(PROMPT, model), ...(agent.forTools ?? [])];
  const variables = Object.entries(agent.variablesForTools ?? {}).flatMap(([name, value]) => [
    "--env",
    `${name}=${value}`,
  ]);
  const exec = ["exec", "copilot", ...variables, "--", agent.program, ...args];
  const result = await verdictOf(scene.tokenflow(exec, home));
  settings.callsTool = undefined;
  if (!result.startsWith("✓")) return result;
  return server.seen.includes(`tools/call ${TOOL}`)
    ? result
    : `asked for ${server.seen.join(", ") || "nothing"}`;
}

/** The agent runs `tokenflow token` for an API that takes the person's tokens, as `setup --write` sets it. */
async function tryModelHelper({ scene, agent }: Subject): Promise<string> {
  const home = await prepareHome(scene);
  const proxy = scene.tokenflow(["proxy", "--port", "0"], home);
  const backend = await until(() => /(http:\/\/127\.0\.0\.1:\d+)/.exec(proxy.output())?.[1]);
  await using oidc = await startOidc();
  await using api = await startGuard(oidc, backend);
  await loginByCode(scene, oidc, ["work"], home);
  await scene.tokenflow(
    ["config", "set", "providers.work.upstream", `${api.url}${agent.apiPath ?? ""}`],
    home,
  ).ended;
  const written = await scene.tokenflow(["setup", agent.name, "work", "--write", "--yes"], home).ended;
  if (written.exit !== 0) return `setup: ${lastLine(written.output)}`;
  const model = agent.models["Responses-only"] ?? "";
  scene.simulator.fault({ service: "copilot", method: "POST", delay: SLOW });
  const result = await verdictOf(scene.start(agent.program, agent.args(PROMPT, model), home));
  scene.simulator.clearFaults();
  end(proxy.child, "SIGTERM");
  await proxy.ended;
  if (!result.startsWith("✓")) return result;
  return api.accepted.size > 1 ? `✓ ${api.accepted.size} tokens` : "one token, which never ended";
}

function startOidc(tokenLifetime = TOKEN_LIFETIME): Promise<OidcServer> {
  const clients = [{ id: INSPECTOR }, { id: CLIENT }];
  return startOidcServer({ clients, resources: "any", tokenLifetime });
}

interface Guard extends AsyncDisposable {
  readonly url: string;
  /** The live tokens that were shown to it. */
  readonly accepted: ReadonlySet<string>;
}

/** Starts an API that serves what is behind it to those who show a live token of the server. */
async function startGuard(oidc: OidcServer, backend: string): Promise<Guard> {
  const accepted = new Set<string>();
  const isLive = async (token: string): Promise<boolean> => {
    const body = new URLSearchParams({ token, client_id: INSPECTOR });
    const answer = await fetch(`${oidc.issuer}/token/introspection`, { method: "POST", body });
    return ((await answer.json()) as { active?: boolean }).active === true;
  };
  const serve = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { authorization, "x-api-key": key, ...headers } = asked.headers;
    const token = authorization?.replace(/^Bearer /i, "") ?? String(key);
    if (!(await isLive(token))) {
      asked.resume();
      response.writeHead(401, { "content-type": "application/json" });
      response.end(
        '{"type":"error","error":{"type":"authentication_error","message":"the token has ended"}}',
      );
      return;
    }
    accepted.add(token);
    const { method, url } = asked;
    const passed = request(`${backend}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    asked.pipe(passed);
  };
  const server = createServer((asked, response) => {
    serve(asked, response).catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Makes a home folder, and puts `tokenflow` on the agent's path. */
async function prepareHome(scene: Scene): Promise<string> {
  const home = await scene.home();
  await mkdir(scene.bin, { recursive: true });
  await chmod(CLI, 0o755);
  await symlink(CLI, join(scene.bin, "tokenflow")).catch(() => undefined);
  return home;
}

async function loginInBrowser(
  scene: Scene,
  oidc: OidcServer,
  words: readonly string[],
  home: string,
): Promise<void> {
  const login = scene.tokenflow(["login", ...words, "--browser", "--json"], home);
  const page = await until(() => /"url":"([^"]+)"/.exec(login.output())?.[1]);
  await oidc.visit(page);
  await finished(login);
}

async function loginByCode(
  scene: Scene,
  oidc: OidcServer,
  words: readonly string[],
  home: string,
): Promise<void> {
  const login = scene.tokenflow(
    ["login", ...words, "--issuer", oidc.issuer, "--client-id", CLIENT, "--scope", "openid offline_access"],
    home,
  );
  const code = await until(() => /enter {3}(\S+)/.exec(login.output())?.[1]);
  await oidc.approve(code);
  await finished(login);
}

async function finished(login: Run): Promise<void> {
  const { exit, output } = await login.ended;
  if (exit !== 0) throw new Error(`login: ${lastLine(output)}`);
}
