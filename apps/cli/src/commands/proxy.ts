import { isUsageError, type SessionStoreContext, UsageError } from "@tokenflow/common";
import type { TokenFlowEvent, TokenManager } from "@tokenflow/core";
import { outboundProxies } from "@tokenflow/core/environment";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { openManager } from "../session/open-manager.ts";
import { PROVIDERS } from "../session/providers.ts";
import { availableSessions, chooseSession, type SessionName } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";

type Program = typeof import("@tokenflow/proxy/program");

/** The settings are the proxy's own, so that there is one list of them. */
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
    async run({ flags: { account, ...flags }, positionals: [first] }, context) {
      const { env, terminal, verbose } = context;
      const settings = await readSettings(program, flags, env);
      await using place = await openStore({ env, terminal, store: context.store ?? settings.store });
      const monitor = program.createMonitor();
      // Not this program's: here the second signal breaks off answers, and a redemption is still written down.
      using _signals = context.takeSignals();
      const forceShutdown = new AbortController();
      using stop = program.createStopSignals(() => forceShutdown.abort());
      await using open = await openManagers(first, account, place, context, monitor.onEvent);
      await program.serve({
        settings: { ...settings, log: settings.log ?? (verbose ? "pretty" : undefined) },
        managers: open.managers,
        monitor,
        outboundProxy: outboundProxies(env),
        say: (line) => terminal.say(line),
        stop: stop.signal,
        forceShutdown: forceShutdown.signal,
      });
      return await stop.first;
    },
  });
}

/** A mistake in the settings is one of this command line. */
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

interface OpenManagers extends AsyncDisposable {
  readonly managers: readonly TokenManager[];
}

/** Every session that an upstream answers to, the one that is meant first. */
async function openManagers(
  first: string | undefined,
  account: string | undefined,
  place: SessionStoreContext,
  context: Context,
  onEvent: (event: TokenFlowEvent) => void,
): Promise<OpenManagers> {
  const isServed = ({ provider }: SessionName): boolean => Object.hasOwn(PROVIDERS, provider);
  const served = (await availableSessions(place, context.env)).filter(isServed);
  const chosen = await chooseSession({ provider: first ?? served[0]?.provider, account }, place, context.env);
  const isChosen = ({ provider, account }: SessionName): boolean =>
    provider === chosen.provider && account === chosen.account;
  const names = [chosen, ...served.filter((name) => !isChosen(name))];
  const managers = await Promise.all(names.map((name) => openManager(name, place, context, { onEvent })));
  return {
    managers,
    async [Symbol.asyncDispose]() {
      await Promise.all(managers.map((manager) => manager.close()));
    },
  };
}
