import { isUsageError, openServedSessions, UsageError } from "@tokenflow/common";
import { outboundProxies } from "@tokenflow/core/environment";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { createEventListener } from "../session/open-manager.ts";
import { chooseSession, notSignedIn } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";

type Program = typeof import("@tokenflow/proxy/program");

/** Creates the command from the proxy's own settings, so that there is one list of them. */
export function createProxyCommand(program: Program): Command {
  return defineCommand({
    usage: "proxy [provider]",
    about:
      "Serves an OpenAI- and Anthropic-compatible endpoint in front of the sessions, on loopback, until Ctrl-C. Requests that name no provider go to the one given here, else to the first that is signed in.",
    positionals: 1,
    options: { ...program.SETTING_FLAGS, ...SESSION_OPTIONS },
    examples: [
      ["tokenflow proxy", "listen on http://127.0.0.1:4141"],
      ["tokenflow proxy hyper --port 8080", "Hyper first, on another port"],
      ["tokenflow proxy --host 0.0.0.0 --key auto", "for other machines, who then need the key"],
    ],
    async run({ flags: { account, ...all }, positionals: [provider] }, context) {
      const { env, terminal, verbose } = context;
      const { "from-env": _fromEnv, ...flags } = { "from-env": undefined, ...all };
      const settings = await readSettings(program, flags, env);
      await using storeContext = await openStore({ env, terminal, store: context.store ?? settings.store });
      const monitor = program.createMonitor();
      // The proxy handles signals itself: the second one breaks off answers, and a redemption is still stored.
      using _signals = context.takeSignals();
      const forceShutdown = new AbortController();
      using stop = program.createStopSignals(() => forceShutdown.abort());
      const say = (line: string): void => terminal.say(`tokenflow: ${line}`);
      await using telemetry = await program.openTelemetry(env, say);
      const isNamed = provider !== undefined || account !== undefined;
      await using sessions = await openServedSessions({
        env,
        storeContext,
        first: isNamed ? await chooseSession({ provider, account }, storeContext, env) : undefined,
        onEvent: createEventListener(context, (event) => {
          monitor.onEvent(event);
          telemetry?.onEvent(event);
        }),
      });
      for (const sentence of sessions.skipped) say(sentence);
      if (sessions.isEmpty) throw notSignedIn(storeContext.where);
      using usage = await program.openUsage(settings, storeContext, say);
      await program.serve({
        settings: { ...settings, log: settings.log ?? (verbose ? "pretty" : undefined) },
        managers: sessions.managers,
        monitor,
        usage,
        telemetry,
        outboundProxy: outboundProxies(env),
        providers: storeContext.config.providers,
        say: (line) => terminal.say(line),
        command: "tokenflow proxy",
        stop: stop.signal,
        forceShutdown: forceShutdown.signal,
      });
      return await stop.first;
    },
  });
}

/** Reads the settings; the hint of an error names this command. */
async function readSettings(
  program: Program,
  flags: Parameters<Program["readSettings"]>[0],
  env: Context["env"],
): ReturnType<Program["readSettings"]> {
  try {
    return await program.readSettings(flags, env);
  } catch (error) {
    if (!isUsageError(error)) throw error;
    throw new UsageError(error.message, error.hint ?? "Run: tokenflow proxy --help");
  }
}
