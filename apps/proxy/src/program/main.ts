import { configPath, openStoreContext, type SessionStoreContext, shortenHome } from "@tokenflow/common";
import type { TokenManager } from "@tokenflow/core";
import { outboundProxies } from "@tokenflow/core/environment";
import { version } from "@tokenflow/core/provider";
import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";
import { createMonitor } from "../monitor/create-monitor.ts";
import { HELP, type ProgramFlags, readFlags } from "./flags.ts";
import { openManagers } from "./open-managers.ts";
import { readProblem } from "./problem.ts";
import { serve } from "./serve.ts";
import { type Environment, readSettings } from "./settings.ts";
import { createStopSignals } from "./stop-signals.ts";

/** Runs the program and answers the exit code. Never rejects. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  // Whoever reads the messages may leave; requests are answered all the same.
  process.stderr.on("error", () => undefined);
  try {
    const flags = readFlags(args);
    if (flags.help || flags.version) {
      process.stdout.write(`${flags.help ? HELP : version}\n`);
      return 0;
    }
    return await run(flags, env);
  } catch (error) {
    const { line, exitCode } = readProblem(error);
    say(`tokenflow-proxy: ${line}`);
    return exitCode;
  }
}

async function run({ settings: values, signIn, verbose }: ProgramFlags, env: Environment): Promise<number> {
  const settings = await readSettings(values, env);
  const outboundProxy = outboundProxies(env);
  // For what is asked with the platform's own `fetch`: sign-ins, redemptions, catalogues.
  if (outboundProxy) setGlobalDispatcher(new EnvHttpProxyAgent(outboundProxy));
  const monitor = createMonitor();
  const forceShutdown = new AbortController();
  using stop = createStopSignals(() => forceShutdown.abort());
  await using place = await openStoreContext({ env, store: settings.store });
  printWarnings(place);
  const managers = await openManagers(env, place, monitor.onEvent);
  try {
    await serve({
      settings: { ...settings, log: settings.log ?? (verbose ? "pretty" : undefined) },
      managers: await managersSignedIn(managers),
      monitor,
      outboundProxy,
      signIn,
      say,
      stop: stop.signal,
      forceShutdown: forceShutdown.signal,
    });
    return await stop.first;
  } finally {
    await Promise.all(managers.map((manager) => manager.close()));
  }
}

/** What stands in `config.json` and means nothing. */
function printWarnings({ config, folder }: SessionStoreContext): void {
  for (const remark of config.warnings) say(`tokenflow-proxy: ${shortenHome(configPath(folder))} ${remark}`);
}

/**
 * Requests that name no provider go to the first session, so that is one with somebody signed in.
 * @throws why the sessions cannot be read: at the start that is for the person to mend
 */
async function managersSignedIn(managers: readonly TokenManager[]): Promise<readonly TokenManager[]> {
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

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
