#!/usr/bin/env node
/**
 * The whole line on simulated services: a sign-in by the device flow, a session, a streamed answer through
 * the proxy, and the same again after the token has run out. `--manual` leaves the approval to you,
 * `--mcp` shows clients of an MCP server instead.
 * Everything it makes lies in one temporary folder and is removed at the end.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import OpenAI from "openai";
import { startSimulator } from "../src/index.ts";
import { type RunOptions, startBuilt } from "./built-program.ts";
import { createNarrator } from "./narrator.ts";

/** Seconds: long enough for one question, short enough to watch it run out. */
const TOKEN_LIFETIME = 8;

// The demonstration of MCP clients has services of its own.
if (process.argv.includes("--mcp")) {
  const path = join(import.meta.dirname, "../../chaos/src/mcp-demo.ts");
  const args = process.argv.slice(2).filter((argument) => argument !== "--mcp");
  const { status } = spawnSync(process.execPath, ["--conditions=@tokenflow/source", path, ...args], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}

const { manual } = parseArgs({ options: { manual: { type: "boolean", default: false } } }).values;
const story = createNarrator(process.stdout);
const interrupt = new AbortController();
const { signal } = interrupt;
process.once("SIGINT", () => interrupt.abort());
process.once("SIGTERM", () => interrupt.abort());

/** Rejects when the person has had enough. */
const interrupted = new Promise<never>((_, reject) => {
  signal.addEventListener("abort", () => reject(new Error("interrupted")), { once: true });
});
interrupted.catch(() => undefined);

async function demo(home: string): Promise<void> {
  await using simulator = await startSimulator({
    interval: 1,
    // An exchanged token runs out. A GitHub token does not.
    unknownEditors: true,
    tokenLifetime: TOKEN_LIFETIME,
    chunkDelay: 25,
  });
  // Nothing of the person's own: no sessions, keys or settings reach the demo.
  const env = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(TOKENFLOW|HYPER|XDG)_/.test(name)),
    ),
    ...simulator.env,
    HOME: home,
    TOKENFLOW_HOME: join(home, ".config/tokenflow"),
  };
  const options: RunOptions = { env, signal, onLine: (line) => story.say(`   ${line}`) };

  story.part("Sign in by the device flow");
  story.command("tokenflow login copilot");
  const login = startBuilt("cli", ["login", "copilot"], options);
  const [, page, userCode = ""] = await login.seen(/Open (\S+) and enter +(\S+)/);
  await login.seen(/not an official client/);
  if (manual) story.note(`Open ${page} in a browser on this machine, enter the code and choose Authorize.`);
  else {
    story.note(
      "You would open that page and enter the code; the demo approves by itself (--manual leaves it to you).",
    );
    simulator.approve(userCode);
  }
  const signedIn = await login.ended;

  story.part("Look at the session");
  story.command("tokenflow status");
  const status = await startBuilt("cli", ["status"], options).ended;
  for (const line of status.stdout.trimEnd().split("\n")) story.say(`   ${line}`);
  const first = await readSession(options);

  story.part("Ask through the proxy, with the official openai SDK");
  story.command("tokenflow-proxy --port 0");
  const proxy = startBuilt("proxy", ["--port", "0"], {
    ...options,
    // Not how to point other clients at it: it is gone in a moment.
    onLine: (line) => /^(?:curl|SDKs|aider|others) /.test(line) || options.onLine(line),
  });
  const [url] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0 });
  const answer = await ask(openai, "Is this a stream?");
  const before = { ...simulator.counts };

  story.part("Let the token run out, and ask again");
  await runOut(first.expiresAt);
  const again = await ask(openai, "Are you still there?");
  const second = await readSession(options);
  const after = simulator.counts;
  story.note(
    `Tokens redeemed at the service: ${before.exchanges} → ${after.exchanges}. Nobody had to sign in again.`,
  );

  const stopped = await proxy.stop();

  story.part("What happened");
  story.check(
    "signed in, with one device code and no poll too early",
    signedIn.exit === 0 && after.deviceCodes === 1 && after.slowDowns === 0,
  );
  story.check(
    "the answer arrived in pieces, word by word",
    answer.pieces > 5 && answer.text.includes("Is this a stream?"),
  );
  story.check(
    "the token ran out and was renewed once",
    after.exchanges === before.exchanges + 1 && second.expiresAt > first.expiresAt,
  );
  story.check(
    "the second question was answered with the new token",
    again.text.includes("Are you still there?"),
  );
  story.check(
    "no request was refused, no secret went to the wrong host",
    after.refusals === 0 && after.misdirected === 0,
  );
  story.check("the proxy stopped cleanly", stopped.exit === 0);
}

/** Prints the answer as it arrives. */
async function ask(
  openai: OpenAI,
  question: string,
): Promise<{ readonly text: string; readonly pieces: number }> {
  const models = await openai.models.list();
  const model = models.data.find(({ id }) => id.startsWith("gpt"))?.id ?? "";
  story.say(`   ${"you".padEnd(model.length)}  ${question}`);
  const stream = await openai.chat.completions.create(
    { model, stream: true, messages: [{ role: "user", content: question }] },
    { signal },
  );
  story.piece(`   ${model}  `);
  let text = "";
  let pieces = 0;
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? "";
    if (piece === "") continue;
    story.piece(piece);
    text += piece;
    pieces += 1;
  }
  story.say();
  return { text, pieces };
}

async function readSession(options: RunOptions): Promise<{ readonly expiresAt: number }> {
  const { stdout } = await startBuilt("cli", ["status", "--json"], options).ended;
  const [session] = JSON.parse(stdout) as readonly { readonly expires_at?: string }[];
  return { expiresAt: Date.parse(session?.expires_at ?? "") };
}

async function runOut(expiresAt: number): Promise<void> {
  for (let left = expiresAt - Date.now(); left > 0; left = expiresAt - Date.now()) {
    story.live(`The token is good for ${Math.ceil(left / 1000)} s more …`);
    await Promise.race([interrupted, new Promise((next) => setTimeout(next, Math.min(left, 250)))]);
  }
  story.live(undefined);
  story.note("The token has run out.");
}

story.say(
  "TokenFlow demo · all services are simulated; for the real ones: npm run -s tokenflow -- login copilot",
);
const started = performance.now();
let stoppedByPerson = false;
/** Stands for the home folder: the `~` of the messages. */
const home = await mkdtemp(join(tmpdir(), "tokenflow-demo-"));
try {
  await Promise.race([demo(home), interrupted]);
} catch (error) {
  if (!signal.aborted) story.check(error instanceof Error ? error.message : String(error), false);
} finally {
  stoppedByPerson = signal.aborted;
  interrupt.abort();
  await rm(home, { recursive: true, force: true });
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const ending = story.allHeld()
  ? `All as it should be, in ${seconds} s.`
  : "Something was not as it should be.";
story.say(stoppedByPerson ? "\nStopped; what it made is removed." : `\n${ending}`);
process.exitCode = stoppedByPerson ? 130 : story.allHeld() ? 0 : 1;
