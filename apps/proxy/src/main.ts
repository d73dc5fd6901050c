import { type TokenManager, version } from "@tokenflow/core";
import type { ProxyLogEntry } from "./log.ts";
import { openManagers } from "./open-managers.ts";
import { readProblem } from "./problem.ts";
import { createProxy } from "./proxy.ts";
import { type Environment, HELP, readSettings, type Settings } from "./settings.ts";
import { signInFirst } from "./sign-in-first.ts";
import { startLines } from "./start-lines.ts";
import { createStopSignals } from "./stop-signals.ts";

/** Runs the program and answers the exit code. Never rejects. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  // Whoever reads the messages may leave; requests are answered all the same.
  process.stderr.on("error", () => undefined);
  try {
    const settings = readSettings(args, env);
    if (settings.help || settings.version) {
      process.stdout.write(`${settings.help ? HELP : version}\n`);
      return 0;
    }
    return await serve(settings, env);
  } catch (error) {
    const { line, exitCode } = readProblem(error);
    say(`tokenflow-proxy: ${line}`);
    return exitCode;
  }
}

async function serve(
  { host, port, drain, keys, signIn, verbose }: Settings,
  env: Environment,
): Promise<number> {
  const managers = openManagers(env);
  try {
    const ordered = await signedInFirst(managers);
    const sessions = ordered.map((manager) => ({ manager }));
    const proxy = createProxy({ sessions, host, port, drain, keys, log: (entry) => logLine(entry, verbose) });
    const { url } = await proxy.listen();
    using stop = createStopSignals(() => void proxy.close());
    try {
      const key = keys.length > 0 ? "$TOKENFLOW_PROXY_KEY" : undefined;
      for (const line of await startLines({ url, sessions, key })) say(line);
      if (signIn) await signInFirst(ordered, say, stop.signal);
      for (const manager of managers) manager.start().catch(() => undefined);
      await stop.first;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      if (stop.signal.aborted) say("Finishing what is under way; another signal breaks it off.");
      await proxy.close();
    }
    return await stop.first;
  } finally {
    await Promise.all(managers.map((manager) => manager.close()));
  }
}

/**
 * Requests that name no provider go to the first session, so that is one with somebody signed in.
 * @throws why the sessions cannot be read: at the start that is for the person to mend
 */
async function signedInFirst(managers: readonly TokenManager[]): Promise<readonly TokenManager[]> {
  const seen = await Promise.all(
    managers.map(async (manager) => ({ manager, state: (await manager.status()).state })),
  );
  for (const { manager, state } of seen) if (state === "unavailable") await manager.getToken();
  const isSignedIn = ({ state }: (typeof seen)[number]): boolean =>
    state !== "signed_out" && state !== "revoked";
  return [...seen.filter(isSignedIn), ...seen.filter((one) => !isSignedIn(one))].map(
    ({ manager }) => manager,
  );
}

function logLine(entry: ProxyLogEntry, verbose: boolean): void {
  if (entry.type === "failure")
    return say(`tokenflow-proxy: request ${entry.id}: ${readProblem(entry.error).line}`);
  if (!verbose) return;
  const { id, method, path, status = "-", outcome, duration, code = "" } = entry;
  say(`${id} ${method} ${path} ${status} ${outcome} ${Math.round(duration)} ms ${code}`.trimEnd());
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
