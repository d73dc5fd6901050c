import { createServer } from "node:net";
import type { Agent } from "./scene/agents.ts";
import { end, lastLine, type Run, type Scene, until, verdictOf } from "./scene/scene.ts";

/** What is tried, in the order of the table's columns. */
export const TRIALS = [
  "plain",
  "streamed",
  "tool turn",
  "second prompt",
  "expired token",
  "429",
  "cut stream",
  "restart",
  "revoked sign-in",
] as const;
export type Trial = (typeof TRIALS)[number];

/** `✓`, or what went wrong. */
export type Results = Readonly<Record<Trial, string>>;

const OK = "✓";
const SIGN_IN = /login\/device|tokenflow login/;
const FIRST = "What is the first word of this sentence";
const SECOND = "And what is the second one";
/** How long a person should wait for the news that the sign-in is gone, in milliseconds. */
const PATIENCE = 60_000;

interface Subject {
  readonly scene: Scene;
  readonly agent: Agent;
  readonly model: string;
}

/** Tries one agent with one model. A short run has only the trials that one prompt decides. */
export async function tryAgent(subject: Subject, isShort: boolean): Promise<Partial<Results>> {
  const first = await tryPrompts(subject, isShort);
  if (isShort) return first;
  return {
    ...first,
    "expired token": await survives(subject, async (simulator) => {
      // Between the catalogue, which `exec` reads, and the first call of the agent.
      await until(() => simulator.journal.some(({ kind }) => kind === "models"));
      simulator.expireTokens();
    }),
    "429": await survives(subject, ({ fault }) =>
      fault({ service: "copilot", method: "POST", retryAfter: 1 }),
    ),
    "cut stream": await survives(subject, ({ fault }) =>
      fault({ service: "copilot", method: "POST", cutAfter: 300 }),
    ),
    restart: await tryRestart(subject),
    "revoked sign-in": await tryRevoked(subject),
  };
}

function ask({ scene, agent, model }: Subject, prompt: string, folder: string, isSecond = false): Run {
  forget(scene);
  const args = isSecond ? agent.continued(prompt, model) : agent.args(prompt, model);
  return scene.tokenflow(["exec", "copilot", "--", agent.program, ...args], folder);
}

async function tryPrompts(subject: Subject, isShort: boolean): Promise<Partial<Results>> {
  const { scene } = subject;
  const folder = await scene.home();
  const plain = await verdictOf(ask(subject, FIRST, folder));
  const calls = callsOf(scene);
  const results = {
    plain,
    streamed: calls.some(({ stream, status }) => stream === true && status === 200) ? OK : "not streamed",
    "tool turn": calls.some(({ body = "" }) => hasToolResult(body)) ? plain : "no tool's result was sent",
  };
  if (isShort) return results;
  const second = await verdictOf(ask(subject, SECOND, folder, true));
  const isKnown = callsOf(scene).some(({ body = "" }) => body.includes(FIRST) && body.includes(SECOND));
  return { ...results, "second prompt": second === OK && !isKnown ? "the first one is forgotten" : second };
}

/** Tries a prompt with a fault. The agent, or the proxy, must overcome it. */
async function survives(
  subject: Subject,
  disturb: (simulator: Scene["simulator"]) => void | Promise<void>,
): Promise<string> {
  const { simulator } = subject.scene;
  const folder = await subject.scene.home();
  const run = ask(subject, FIRST, folder);
  await disturb(simulator);
  const result = await verdictOf(run);
  simulator.clearFaults();
  return result;
}

/** Stops and starts a proxy while it streams, with settings that `setup --write` made. */
async function tryRestart({ scene, agent, model }: Subject): Promise<string> {
  const folder = await scene.home();
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const startProxy = async (): Promise<Run> => {
    const proxy = scene.tokenflow(["proxy", "--port", port], folder);
    await until(() => proxy.output().includes("Listening"));
    return proxy;
  };
  const first = await startProxy();
  const written = await scene.tokenflow(["setup", agent.name, "--url", url, "--write", "--yes"], folder)
    .ended;
  if (written.exit !== 0) return `setup: ${lastLine(written.output)}`;
  forget(scene);
  scene.simulator.settings.chunkDelay = 20;
  const run = scene.start(agent.program, agent.args(FIRST, model), folder);
  await until(() => callsOf(scene).some(({ bytes }) => bytes > 0) || run.child.exitCode !== null);
  end(first.child, "SIGTERM");
  await first.ended;
  const second = await startProxy();
  const result = await verdictOf(run);
  scene.simulator.settings.chunkDelay = 0;
  end(second.child, "SIGTERM");
  await second.ended;
  return result;
}

/** Ends the sign-in before the first call, and measures how soon after it the person is shown what to do. */
async function tryRevoked(subject: Subject): Promise<string> {
  const { scene } = subject;
  // The trials before have refused fresh tokens, which a session remembers.
  await scene.signIn();
  const run = ask(subject, FIRST, await scene.home());
  await until(() => scene.simulator.journal.some(({ kind }) => kind === "models"));
  scene.simulator.revokeGrants();
  scene.simulator.expireTokens();
  // The start of the agent itself takes some seconds.
  await until(
    () => scene.simulator.journal.some(({ status }) => status === 401) || run.child.exitCode !== null,
  );
  const start = performance.now();
  const shown = await until(() => SIGN_IN.test(run.output()) || run.child.exitCode !== null, PATIENCE).catch(
    () => false,
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  end(run.child);
  const { output } = await run.ended;
  return SIGN_IN.test(output)
    ? `✓ ${seconds} s`
    : shown
      ? lastLine(output)
      : `silent for ${PATIENCE / 1000} s`;
}

function callsOf({ simulator }: Scene): Scene["simulator"]["journal"] {
  return simulator.journal.filter(
    ({ kind }) => kind === "chat" || kind === "responses" || kind === "messages",
  );
}

/** Empties the journal, so that it shows one run. */
function forget({ simulator }: Scene): void {
  const entries: unknown = simulator.journal;
  if (Array.isArray(entries)) entries.length = 0;
}

function hasToolResult(body: string): boolean {
  return /"role": ?"tool"|"tool_result"|"(?:function|custom_tool)_call_output"/.test(body);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === "object" ? address.port : 0;
}
