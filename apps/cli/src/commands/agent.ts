import { isUsageError, keyOf, openServedSessions, type SessionName, UsageError } from "@tokenflow/common";
import type { TokenManager } from "@tokenflow/core";
import { outboundProxies } from "@tokenflow/core/environment";
import { readSocket } from "../agent/agent-address.ts";
import { serveTokens } from "../agent/token-server.ts";
import { type Command, defineCommand } from "../cli/command.ts";
import { openManager } from "../session/open-manager.ts";
import { notSignedIn } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";

type Program = typeof import("@tokenflow/proxy/program");

/** Creates the command, which serves with the proxy's own program. */
export function createAgentCommand(program: Program): Command {
  return defineCommand({
    usage: "agent",
    about:
      "Holds the sessions in one process until Ctrl-C. --listen serves the proxy's API on a socket, with a key: this one may be forwarded or mounted, and answers no token. --tokens also answers tokens, on another socket, to programs that can read the key file beside it: never forward or mount that one. With TOKENFLOW_AGENT=unix:/path in the environment, tokenflow token asks it, and works as usual without it.",
    positionals: 0,
    options: {
      listen: { type: "string", value: "unix:/path", help: "the socket of the API" },
      tokens: {
        type: "string",
        value: "unix:/path",
        help: "the socket that answers tokens, to this user on this machine",
      },
    },
    examples: [
      [
        "tokenflow agent --listen unix:$XDG_RUNTIME_DIR/tokenflow/api.sock",
        "for ssh -R, a devcontainer or a sandbox",
      ],
      [
        "tokenflow agent --tokens unix:$XDG_RUNTIME_DIR/tokenflow/tokens.sock",
        "for scripts here: no refresh of their own",
      ],
    ],
    async run({ flags }, context) {
      const { env, terminal } = context;
      const api = flags.listen === undefined ? undefined : readSocket(flags.listen, "--listen");
      const tokens = flags.tokens === undefined ? undefined : readSocket(flags.tokens, "--tokens");
      if (api === undefined && tokens === undefined)
        throw new UsageError("agent needs --listen or --tokens", "Run: tokenflow agent --help");
      if (api === tokens) throw new UsageError("--listen and --tokens need a socket each");
      await using storeContext = await openStore(context);
      using _signals = context.takeSignals();
      const forceShutdown = new AbortController();
      using stop = program.createStopSignals(() => forceShutdown.abort());
      await using held = createHeldManagers((name) => openManager(name, storeContext, context));
      await using _tokens =
        tokens === undefined
          ? undefined
          : await serveTokens({
              path: tokens,
              program,
              async getToken(name, options) {
                try {
                  return await (await held.open(name)).getToken(options);
                } catch (error) {
                  if (isUsageError(error)) throw notSignedIn(storeContext.where, name);
                  throw error;
                }
              },
            });
      if (tokens !== undefined) {
        terminal.say(`Tokens on unix:${tokens}, for this user on this machine. Do not forward it.`);
        terminal.say(`export TOKENFLOW_AGENT=unix:${tokens}`);
      }
      if (api === undefined) {
        await new Promise((resolve) => stop.signal.addEventListener("abort", resolve, { once: true }));
        return await stop.first;
      }
      await using sessions = await openServedSessions({ env, storeContext, onEvent: () => undefined });
      for (const sentence of sessions.skipped) terminal.say(`tokenflow: ${sentence}`);
      if (sessions.isEmpty) throw notSignedIn(storeContext.where);
      const settings = await program.readSettings({ host: `unix:${api}`, key: "auto" }, env);
      await program.serve({
        settings,
        managers: sessions.managers,
        outboundProxy: outboundProxies(env),
        say: (line) => terminal.say(line),
        command: "tokenflow agent",
        stop: stop.signal,
        forceShutdown: forceShutdown.signal,
      });
      return await stop.first;
    },
  });
}

interface HeldManagers extends AsyncDisposable {
  open(name: SessionName): Promise<TokenManager>;
}

/** Keeps each manager from its first use to the end. */
function createHeldManagers(open: (name: SessionName) => Promise<TokenManager>): HeldManagers {
  const managers = new Map<string, Promise<TokenManager>>();
  return {
    open(name) {
      const known = managers.get(keyOf(name));
      if (known) return known;
      const opened = open(name);
      managers.set(keyOf(name), opened);
      // A name that cannot be opened now may be one later.
      opened.catch(() => managers.delete(keyOf(name)));
      return opened;
    },
    async [Symbol.asyncDispose]() {
      for (const opened of await Promise.allSettled(managers.values()))
        if (opened.status === "fulfilled") await opened.value.close();
    },
  };
}
