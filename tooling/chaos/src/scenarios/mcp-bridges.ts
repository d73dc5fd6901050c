import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import {
  auth,
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthTokens,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { createBrowser } from "@tokenflow/browser";
import { programOf } from "@tokenflow/build/workspace";
import { createFolder, type OidcServer, startMcpServer, startOidcServer } from "@tokenflow/services";

export interface BridgesOptions {
  /** How many clients use the server at once. */
  readonly clients: number;
  readonly seconds: number;
  /** The lifetime of a token, in seconds. */
  readonly tokenLifetime: number;
}

/** What the clients of one kind saw. */
export interface ClientsResult {
  readonly calls: number;
  /** Calls that failed, such as for want of a sign-in; without those of a client that was killed. */
  readonly failed: number;
  readonly kills: number;
  readonly signIns: number;
}

const BETWEEN_CALLS = 100;
const BETWEEN_KILLS = 700;

/**
 * Runs clients of one MCP server that share one sign-in, each through a bridge of its own, and kills bridges at random.
 * The authorization server is strict: a refresh token is good once, and a second use revokes the whole sign-in.
 */
export async function runBridges({
  clients,
  seconds,
  tokenLifetime,
}: BridgesOptions): Promise<ClientsResult> {
  await using oidc = await startServer(tokenLifetime);
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
  await using folder = await createFolder();
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder.path, TOKENFLOW_HOME: folder.path };
  const program = programOf("cli");
  await login(program, server.url, env, oidc);

  const counts = { calls: 0, failed: 0, kills: 0, signIns: 1 };
  const end = performance.now() + seconds * 1_000;
  const isOver = (): boolean => performance.now() > end && counts.calls > 0 && counts.kills > 0;
  const running = new Map<number, ChildProcess>();

  const work = async (index: number): Promise<void> => {
    while (!isOver()) {
      const bridge = openBridge(program, server.url, env);
      running.set(index, bridge.child);
      try {
        await bridge.call("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: {} });
        while (!isOver()) {
          const answer = await bridge.call("tools/call", { name: "echo", arguments: { text: "x" } });
          counts.calls += 1;
          if (!answer.includes('"text":"x"')) counts.failed += 1;
          await sleep(BETWEEN_CALLS);
        }
      } catch {
        // The bridge was killed: its client starts another one.
      }
      bridge.child.kill("SIGTERM");
    }
  };
  const kill = async (): Promise<void> => {
    for (let before = 0; !isOver(); before = counts.calls) {
      await sleep(BETWEEN_KILLS);
      // On a slow machine no bridge would live long enough for its first call.
      while (counts.calls === before && !isOver()) await sleep(BETWEEN_CALLS);
      const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => (exitCode ?? signalCode) === null;
      const children = [...running.values()].filter(isAlive);
      const victim = children[Math.floor(Math.random() * children.length)];
      if (victim?.kill("SIGKILL")) counts.kills += 1;
    }
  };
  await Promise.all([kill(), ...Array.from({ length: clients }, (_, index) => work(index))]);
  for (const child of running.values()) child.kill("SIGKILL");
  return counts;
}

/** The same clients with the provider that the official SDK's documentation shows: each keeps its own copy of the tokens. */
export async function runOwnCopies({
  clients,
  seconds,
  tokenLifetime,
}: BridgesOptions): Promise<ClientsResult> {
  await using oidc = await startServer(tokenLifetime);
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
  const counts = { calls: 0, failed: 0, kills: 0, signIns: 1 };
  const { kept, redirectUrl } = await signInWithSdk(server.url, oidc);
  const end = performance.now() + seconds * 1_000;
  const work = async (): Promise<void> => {
    const authProvider = createCopy({ ...kept }, redirectUrl, () => undefined);
    while (performance.now() < end) {
      const client = new Client({ name: "copy", version: "1" });
      try {
        const transport = new StreamableHTTPClientTransport(new URL(server.url), { authProvider });
        await client.connect(transport);
        while (performance.now() < end) {
          await client.callTool({ name: "echo", arguments: { text: "x" } });
          counts.calls += 1;
          await sleep(BETWEEN_CALLS);
        }
      } catch {
        counts.calls += 1;
        counts.failed += 1;
        await sleep(BETWEEN_CALLS);
      }
      await client.close().catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  return counts;
}

function startServer(tokenLifetime: number): Promise<OidcServer> {
  return startOidcServer({ clients: [{ id: "inspector" }], resources: "any", tokenLifetime });
}

type Env = Readonly<Record<string, string>>;

async function login(program: string, url: string, env: Env, oidc: OidcServer): Promise<void> {
  const child = spawn(process.execPath, [program, "login", `mcp:${url}`, "--browser", "--json"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { type, url: page } = JSON.parse(line) as { type?: string; url?: string };
    if (type === "browser" && page !== undefined) await oidc.visit(page);
  }
}

interface OpenBridge {
  readonly child: ChildProcess;
  /** Resolves with the answer's text. Rejects if the bridge is gone. */
  call(method: string, params: object): Promise<string>;
}

function openBridge(program: string, url: string, env: Env): OpenBridge {
  const child = spawn(process.execPath, [program, "mcp", url], { env, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (line: string) => void>();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  child.once("exit", () => gone.reject(new Error("The bridge is gone")));
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id } = JSON.parse(line) as { id?: number };
    if (id !== undefined) waiting.get(id)?.(line);
  });
  let last = 0;
  return {
    child,
    call(method, params) {
      last += 1;
      const id = last;
      const answer = new Promise<string>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      return Promise.race([answer, gone.promise]);
    },
  };
}

interface Kept {
  tokens?: OAuthTokens;
  client?: OAuthClientInformationMixed;
  verifier?: string;
}

/** A provider in the shape of the SDK's example: everything in memory, and the page opened in a browser. */
function createCopy(kept: Kept, redirectUrl: string, open: (url: URL) => void): OAuthClientProvider {
  return {
    redirectUrl,
    clientMetadata: {
      client_name: "copy",
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      application_type: "native",
    },
    state: () => STATE,
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    redirectToAuthorization: open,
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier ?? "",
  };
}

const STATE = "state-of-the-only-sign-in";

/** Signs in once. */
async function signInWithSdk(
  url: string,
  oidc: OidcServer,
): Promise<{ readonly kept: Kept; readonly redirectUrl: string }> {
  const kept: Kept = {};
  const browser = createBrowser({
    isLocal: true,
    show: () => undefined,
    open: (page) => void oidc.visit(page),
  });
  await using back = await browser.listen(undefined);
  const { redirectUri } = back;
  let answer: Promise<URLSearchParams> | undefined;
  const signal = AbortSignal.timeout(30_000);
  const provider = createCopy(kept, redirectUri, (page) => {
    answer = back.receive({ url: page.href, state: STATE }, signal);
  });
  await auth(provider, { serverUrl: url });
  const parameters = await answer;
  await auth(provider, {
    serverUrl: url,
    authorizationCode: parameters?.get("code") ?? "",
    iss: parameters?.get("iss") ?? "",
  });
  return { kept, redirectUrl: redirectUri };
}
