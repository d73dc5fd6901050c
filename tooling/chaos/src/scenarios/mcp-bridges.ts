import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
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
  /** How often calls failed for each reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly signIns: number;
}

/** The pause of a client between two calls, in milliseconds. */
export const BETWEEN_CALLS = 100;
const BETWEEN_KILLS = 700;
/** How long a client waits for an answer. mcp-remote answers nothing while it wants another sign-in. */
const PATIENCE = 15_000;

/** The bridge's words, if the session is gone. */
const SIGN_IN = /enter the code|to sign in to/;
export const ASKS_FOR_SIGN_IN = "the session was gone";

const HELLO = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "client", version: "1" },
};

/** A program between a client and an MCP server, and how somebody signs in to it once. */
export interface BridgeProgram {
  /** The words after Node that start a bridge. */
  readonly bridge: (url: string) => readonly string[];
  signIn(url: string, env: Env, oidc: OidcServer): Promise<void>;
}

const TOKENFLOW: BridgeProgram = {
  bridge: (url) => [programOf("cli"), "mcp", url],
  signIn: (url, env, oidc) => login(programOf("cli"), url, env, oidc),
};

/**
 * Runs clients of one MCP server that share one sign-in, each through a bridge of its own, and kills bridges at random.
 * The authorization server is strict: a refresh token is good once, and a second use revokes the whole sign-in.
 */
export async function runBridges(
  { clients, seconds, tokenLifetime }: BridgesOptions,
  program: BridgeProgram = TOKENFLOW,
): Promise<ClientsResult> {
  await using oidc = await startServer(tokenLifetime);
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
  await using folder = await createFolder();
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder.path, TOKENFLOW_HOME: folder.path };
  await program.signIn(server.url, env, oidc);

  const counts = { calls: 0, failed: 0, kills: 0, signIns: 1 };
  const reasons: Record<string, number> = {};
  const fail = (reason: string): void => {
    counts.failed += 1;
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  };
  let signingIn: Promise<void> | undefined;
  /** Signs in again, as the person would. One sign-in serves all clients. */
  const signInAgain = async (): Promise<void> => {
    if (signingIn === undefined) {
      counts.signIns += 1;
      signingIn = program.signIn(server.url, env, oidc).finally(() => (signingIn = undefined));
    }
    await signingIn;
  };
  const end = performance.now() + seconds * 1_000;
  const isOver = (): boolean => performance.now() > end && counts.calls > 0 && counts.kills > 0;
  const running = new Map<number, ChildProcess>();

  const work = async (index: number): Promise<void> => {
    while (!isOver()) {
      const bridge = openBridge(program.bridge(server.url), env);
      running.set(index, bridge.child);
      try {
        const hello = bridge.call("initialize", HELLO);
        if ((await Promise.race([hello, sleep(PATIENCE, "", { ref: false })])) === "") {
          counts.calls += 1;
          fail(`no answer to initialize within ${PATIENCE / 1000} s`);
        }
        while (!isOver()) {
          const asked = bridge.call("tools/call", { name: "echo", arguments: { text: "x" } });
          const answer = await Promise.race([asked, sleep(PATIENCE, "", { ref: false })]);
          counts.calls += 1;
          if (answer === "") fail(`no answer within ${PATIENCE / 1000} s`);
          else if (SIGN_IN.test(answer)) {
            fail(ASKS_FOR_SIGN_IN);
            await signInAgain();
          } else if (!answer.includes('"text":"x"')) fail(reasonOf(answer));
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
  return { ...counts, reasons };
}

/** Returns an answer's error, or the text of its result. */
function reasonOf(answer: string): string {
  const { error, result } = JSON.parse(answer) as {
    readonly error?: { readonly message: string };
    readonly result?: { readonly content?: readonly { readonly text?: string }[] };
  };
  const text = error?.message ?? result?.content?.[0]?.text ?? answer;
  return text.slice(0, 160);
}

export function startServer(tokenLifetime: number): Promise<OidcServer> {
  return startOidcServer({ clients: [{ id: "inspector" }], resources: "any", tokenLifetime });
}

export type Env = Readonly<Record<string, string>>;

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

function openBridge(words: readonly string[], env: Env): OpenBridge {
  const child = spawn(process.execPath, words, { env, stdio: ["pipe", "pipe", "ignore"] });
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
