import {
  type Environment,
  escapeControls,
  FROM_ENV,
  openServedSessions,
  openStoreContext,
  startedAs,
} from "@tokenflow/common";
import { createOutboundDispatcher } from "@tokenflow/common/network";
import { outboundProxies } from "@tokenflow/core/environment";
import { version } from "@tokenflow/core/provider";
import { setGlobalDispatcher } from "undici";
import { createMonitor } from "../monitor/create-monitor.ts";
import { helpText, type ProgramFlags, readFlags } from "./flags.ts";
import { openTelemetry } from "./open-telemetry.ts";
import { openUsage } from "./open-usage.ts";
import { readProblem } from "./problem.ts";
import { serve } from "./serve.ts";
import { readSettings } from "./settings.ts";
import { createStopSignals } from "./stop-signals.ts";

/** Runs the program and returns the exit code. Never rejects. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  // The reader of the messages may go away; requests are still answered.
  process.stderr.on("error", () => undefined);
  try {
    const flags = readFlags(args);
    if (flags.help || flags.version) {
      process.stdout.write(`${flags.help ? helpText() : version}\n`);
      return 0;
    }
    return await run(flags, flags.fromEnv ? { ...env, [FROM_ENV]: "1" } : env);
  } catch (error) {
    const { line, exitCode } = readProblem(error);
    say(`tokenflow-proxy: ${line}`);
    return exitCode;
  }
}

async function run({ settings: values, signIn, verbose }: ProgramFlags, env: Environment): Promise<number> {
  const settings = await readSettings(values, env);
  const outboundProxy = outboundProxies(env);
  // For requests by the platform's own `fetch`: sign-ins, redemptions, catalogues.
  if (outboundProxy) setGlobalDispatcher(createOutboundDispatcher(outboundProxy).dispatcher);
  const monitor = createMonitor();
  const report = (line: string): void => say(`tokenflow-proxy: ${line}`);
  await using telemetry = await openTelemetry(env, report);
  const forceShutdown = new AbortController();
  using stop = createStopSignals(() => forceShutdown.abort());
  await using storeContext = await openStoreContext({ env, store: settings.store });
  for (const warning of storeContext.config.warnings) say(`tokenflow-proxy: ${warning}`);
  await using sessions = await openServedSessions({
    env,
    storeContext,
    onEvent(event) {
      monitor.onEvent(event);
      telemetry?.onEvent(event);
    },
  });
  for (const sentence of sessions.skipped) say(`tokenflow-proxy: ${sentence}`);
  using usage = await openUsage(settings, storeContext, report);
  await serve({
    settings: { ...settings, log: settings.log ?? (verbose ? "pretty" : undefined) },
    managers: sessions.managers,
    monitor,
    usage,
    telemetry,
    outboundProxy,
    providers: storeContext.config.providers,
    signIn,
    say,
    stop: stop.signal,
    forceShutdown: forceShutdown.signal,
  });
  return await stop.first;
}

const asStarted = startedAs(process.env);

function say(line: string): void {
  process.stderr.write(`${escapeControls(asStarted(line))}\n`);
}
