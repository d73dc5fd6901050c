import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { programOf } from "@tokenflow/build/workspace";
import {
  createFolder,
  type OidcServer,
  startMcpServer,
  startOidcServer,
  type TokenRequest,
} from "@tokenflow/services";
import { createSessionTrace, senderOf, type TraceResult } from "../parts/session-trace.ts";
import { type Env, openBridge } from "../workers/open-bridge.ts";

export interface BridgesOptions {
  /** How many clients use the server at once. */
  readonly clients: number;
  readonly seconds: number;
  /** The lifetime of a token, in seconds. */
  readonly tokenLifetime: number;
  /** Which bridges are killed, and when. @default "at random" */
  readonly kills?: "at random" | "at their rotation" | "never" | undefined;
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
  /** How each session ended, for clients whose session was traced. */
  readonly trace?: TraceResult | undefined;
}

/** The pause of a client between two calls, in milliseconds. */
export const BETWEEN_CALLS = 100;
const BETWEEN_KILLS = 700;
/** A bridge without a session looks for another one at most once a second. */
const NOTICED = 1_000;
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
  /** True if its sessions are files of ours. */
  readonly isTraced?: true | undefined;
  signIn(url: string, env: Env, oidc: OidcServer): Promise<void>;
}

const TOKENFLOW: BridgeProgram = {
  bridge: (url) => [programOf("cli"), "mcp", url],
  isTraced: true,
  signIn: (url, env, oidc) => login(programOf("cli"), url, env, oidc),
};

/**
 * Runs clients of one MCP server that share one sign-in, each through a bridge of its own, and kills bridges at random.
 * The authorization server is strict: a refresh token is good once, and a second use revokes the whole sign-in.
 */
export async function runBridges(
  { clients, seconds, tokenLifetime, kills = "at random" }: BridgesOptions,
  program: BridgeProgram = TOKENFLOW,
): Promise<ClientsResult> {
  await using folder = await createFolder();
  using trace = createSessionTrace(folder.path);
  await using oidc = await startServer(tokenLifetime, (request) => {
    trace.onToken(request);
    if (kills !== "at their rotation" || request.rotatedAt === undefined) return;
    const { pid } = senderOf(request);
    killBridge([...running.values()].find((child) => child.pid === pid));
  });
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
  const home = { HOME: folder.path, TOKENFLOW_HOME: folder.path };
  const env = { PATH: process.env["PATH"] ?? "", ...home, ...trace.env };
  const running = new Map<number, ChildProcess>();
  const counts = { calls: 0, failed: 0, kills: 0, signIns: 1 };
  const reasons: Record<string, number> = {};
  const fail = (reason: string): void => {
    counts.failed += 1;
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  };
  const killBridge = (child: ChildProcess | undefined): void => {
    if (child?.pid === undefined) return;
    trace.noteKill(child.pid);
    child.kill("SIGKILL");
    counts.kills += 1;
  };

  await program.signIn(server.url, env, oidc);
  let signingIn: Promise<void> | undefined;
  let signedInAt = performance.now();
  /** Signs in again, as the person would, if nobody has since a call. One sign-in serves all clients. */
  const signInAgain = async (calledAt: number): Promise<void> => {
    if (signingIn === undefined && signedInAt < calledAt) {
      counts.signIns += 1;
      signingIn = program.signIn(server.url, env, oidc).finally(() => {
        signingIn = undefined;
        signedInAt = performance.now();
      });
    }
    await signingIn;
    await sleep(NOTICED);
  };
  const end = performance.now() + seconds * 1_000;
  /** Runs on, on a slow machine, until there was something to see. */
  const hasSeenAll = (): boolean => {
    if (kills === "at their rotation") return counts.failed > 0;
    return counts.calls > 0 && (counts.kills > 0 || kills === "never");
  };
  const isOver = (): boolean => performance.now() > end && hasSeenAll();

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
          const [calledAt, before] = [performance.now(), trace.stored()];
          const asked = bridge.call("tools/call", { name: "echo", arguments: { text: "x" } });
          const answer = await Promise.race([asked, sleep(PATIENCE, "", { ref: false })]);
          counts.calls += 1;
          if (answer === "") fail(`no answer within ${PATIENCE / 1000} s`);
          else if (SIGN_IN.test(answer)) {
            fail(ASKS_FOR_SIGN_IN);
            trace.noteAsked(before);
            await signInAgain(calledAt);
          } else if (!answer.includes('"text":"x"')) fail(reasonOf(answer));
          await sleep(BETWEEN_CALLS);
        }
      } catch {
        // The bridge was killed: its client starts another one.
      }
      bridge.child.kill("SIGTERM");
    }
  };
  const killAtRandom = async (): Promise<void> => {
    for (let before = 0; !isOver(); before = counts.calls) {
      await sleep(BETWEEN_KILLS);
      // On a slow machine no bridge would live long enough for its first call.
      while (counts.calls === before && !isOver()) await sleep(BETWEEN_CALLS);
      const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => (exitCode ?? signalCode) === null;
      const children = [...running.values()].filter(isAlive);
      killBridge(children[Math.floor(Math.random() * children.length)]);
    }
  };
  await Promise.all([
    kills === "at random" && killAtRandom(),
    ...Array.from({ length: clients }, (_, index) => work(index)),
  ]);
  const traced = program.isTraced && trace.result((tokenLifetime - 1) * 1_000);
  for (const child of running.values()) child.kill("SIGKILL");
  return { ...counts, reasons, trace: traced };
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

/** Starts the strict server. It counts in whole seconds: a token of two lives for at least one. */
export function startServer(
  tokenLifetime: number,
  onToken?: (request: TokenRequest) => void,
): Promise<OidcServer> {
  return startOidcServer({ clients: [{ id: "inspector" }], resources: "any", tokenLifetime, onToken });
}

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
