import type { TokenManager } from "@tokenflow/core";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../command.ts";
import { parseDuration } from "../duration.ts";
import { EXIT } from "../exit-code.ts";
import { openManager } from "../open-manager.ts";
import { PROVIDERS } from "../providers.ts";
import { chooseSession, sessionsAtHand } from "../sessions.ts";
import { openStore, type Place } from "../store.ts";
import { UsageError } from "../usage-error.ts";

export const proxy: Command = defineCommand({
  usage: "proxy [provider]",
  about:
    "Serves an OpenAI-compatible endpoint in front of the sessions, on loopback, until Ctrl-C. Requests that name no provider go to the one given here, else to the first that is signed in.",
  positionals: 1,
  options: {
    host: {
      type: "string",
      value: "host",
      help: "where to listen; beyond loopback only with a key (default: 127.0.0.1)",
    },
    port: { type: "string", value: "number", help: "0 takes a free one (default: 4141)" },
    drain: {
      type: "string",
      value: "duration",
      help: "how long answers may finish at the end (default: 30s)",
    },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow proxy", "listen on http://127.0.0.1:4141"],
    ["tokenflow proxy hyper --port 8080", "Hyper first, on another port"],
    ["TOKENFLOW_PROXY_KEY=… tokenflow proxy --host 0.0.0.0", "for other machines, who then need the key"],
  ],
  async run({ flags, positionals: [first] }, context) {
    const { env, terminal, signal, verbose } = context;
    await using place = await openStore(context);
    const secret = env["TOKENFLOW_PROXY_KEY"]?.trim();
    const settings = {
      host: flags.host ?? (env["TOKENFLOW_PROXY_HOST"] || undefined),
      port: parsePort(flags.port ?? (env["TOKENFLOW_PROXY_PORT"] || undefined)),
      drain: parseDrain(flags.drain ?? (env["TOKENFLOW_PROXY_DRAIN"] || undefined)),
      keys: secret ? [{ name: "TOKENFLOW_PROXY_KEY", secret }] : [],
    };
    await using open = await openManagers(first, flags.account, place, context);
    const sessions = open.managers.map((manager) => ({ manager }));
    const { createProxy, startLines } = await import("@tokenflow/proxy");
    const server = createProxy({
      ...settings,
      sessions,
      log(entry) {
        if (!verbose || entry.type !== "request") return;
        const { method, path, status = "–", outcome, duration } = entry;
        terminal.say(terminal.dim(`${method} ${path} ${status} ${outcome} ${Math.round(duration)} ms`));
      },
    });
    const { url } = await server.listen();
    try {
      const key = secret ? "$TOKENFLOW_PROXY_KEY" : undefined;
      for (const line of await startLines({ url, sessions, key })) terminal.say(line);
      // Not awaited: a service that is away now may be back at the first request.
      for (const { manager } of sessions) manager.start().catch(() => undefined);
      await aborted(signal);
    } finally {
      await server.close();
    }
    // A supervisor's SIGTERM that was obeyed is no failure.
    return signal.reason === EXIT.terminated ? EXIT.done : EXIT.interrupted;
  },
});

interface OpenManagers extends AsyncDisposable {
  readonly managers: readonly TokenManager[];
}

/** One session of each provider that has any, the one named first. */
async function openManagers(
  first: string | undefined,
  account: string | undefined,
  place: Place,
  context: Context,
): Promise<OpenManagers> {
  const atHand = (await sessionsAtHand(place, context.env)).map(({ provider }) => provider);
  const providers = new Set(atHand.filter((provider) => Object.hasOwn(PROVIDERS, provider)));
  const chosen = await chooseSession({ provider: first ?? [...providers][0], account }, place, context.env);
  const others = [...providers].filter((provider) => provider !== chosen.provider);
  const names = [
    chosen,
    ...(await Promise.all(others.map((provider) => chooseSession({ provider }, place, context.env)))),
  ];
  const managers = await Promise.all(names.map((name) => openManager(name, place, context)));
  return {
    managers,
    async [Symbol.asyncDispose]() {
      await Promise.all(managers.map((manager) => manager.close()));
    },
  };
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--port is a whole number from 0 to 65535, not "${text}"`);
}

function parseDrain(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text, "--drain");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
