import { randomBytes } from "node:crypto";
import { createBearerUpstream, EXIT, UsageError } from "@tokenflow/common";
import { outboundProxies } from "@tokenflow/core/environment";
import type { Budget, Usage } from "@tokenflow/proxy/usage";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { problemLine, readProblem } from "../cli/problem.ts";
import { type ClientModel, readModels } from "../clients/read-models.ts";
import { prepareClient } from "../exec/client-start.ts";
import { execEnvironment } from "../exec/exec-environment.ts";
import { readOwnVariables } from "../exec/own-variables.ts";
import { runChild } from "../exec/run-child.ts";
import { withSession } from "../session/open-manager.ts";
import { requireUpstream, UPSTREAM_OPTIONS } from "../session/upstream.ts";

export const exec: Command = defineCommand({
  usage: "exec [provider] -- <command>",
  about:
    "Runs a command that reaches the service through a private proxy on loopback. The command gets the proxy's address and a key that is valid for this run only, in OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN and, unless it is claude, ANTHROPIC_API_KEY. Claude Code, Codex, opencode, pi, Qwen Code, aider and goose also get models, limits and switches that stop requests to other hosts; your own variables and arguments count. A client that would not use the proxy is named. The command never gets the token. The exit code is the command's.",
  positionals: 1,
  takesCommand: true,
  options: {
    ...UPSTREAM_OPTIONS,
    env: {
      type: "list",
      value: "NAME=text",
      help: "one more variable of the command; {url}, {key}, {socket} and {socket-key} are filled in",
    },
    listen: {
      type: "string",
      value: "unix:/path",
      help: "also serve on a socket of yours, with a key of its own, for a container or a forwarded connection",
    },
    ...SESSION_OPTIONS,
    budget: {
      type: "string",
      value: "amount",
      help: "the most that this run may use: 50 credits as 50, or 2000000tokens (default: no limit)",
    },
  },
  examples: [
    ["tokenflow exec copilot -- claude", "Claude Code on Copilot; also codex, opencode, pi, qwen"],
    ["tokenflow exec --budget 50 copilot -- codex", "no new requests after 50 credits"],
    ["tokenflow exec hyper -- node script.mjs", "a script with the openai package, without other settings"],
    [
      "tokenflow exec work --env API_URL={url} --env API_TOKEN={key} -- ./my-program",
      "variables of your choice, for any API",
    ],
    ["tokenflow exec oauth --upstream https://api.example.org/v1 -- sh -c '…'", "any OAuth server's API"],
  ],
  async run({ flags, positionals: [provider], command: [program, ...args] }, context) {
    const { terminal, signal } = context;
    if (program === undefined) {
      throw new UsageError("specify a command after --", "Run: tokenflow exec copilot -- <command>");
    }
    const { listen } = flags;
    if (listen !== undefined && !listen.startsWith("unix:"))
      throw new UsageError("--listen takes unix:/path", "Other addresses are for: tokenflow proxy --host");
    const fillIn = readOwnVariables(flags.env ?? [], listen !== undefined);
    const upstream = flags.upstream === undefined ? undefined : createBearerUpstream(flags.upstream);
    const budget = flags.budget === undefined ? undefined : await readRunBudget(flags.budget);
    const wanted = { provider, account: flags.account };
    let exitCode: number | undefined;
    try {
      await withSession(
        wanted,
        context,
        async (manager) => {
          requireUpstream(manager.provider);
          // Fails before anything starts if there is no token.
          await manager.getToken({ signal });
          const { createProxy } = await import("@tokenflow/proxy");
          const key = randomBytes(32).toString("base64url");
          const keys = [{ name: "exec", secret: key }];
          using usage = budget && (await countInMemory(budget, terminal.say));
          await using proxy = createProxy({
            sessions: [{ manager }],
            port: 0,
            keys,
            usage,
            shutdownTimeout: 0,
            outboundProxy: outboundProxies(context.env),
          });
          const { url } = await proxy.listen();
          const socketKey = randomBytes(32).toString("base64url");
          await using outside =
            listen === undefined
              ? undefined
              : createProxy({
                  sessions: [{ manager }],
                  host: listen,
                  keys: [{ name: "exec socket", secret: socketKey }],
                  usage,
                  shutdownTimeout: 0,
                  outboundProxy: outboundProxies(context.env),
                });
          await outside?.listen();
          const models = await modelsFor(context, { url, key });
          const words = [program, ...args];
          await using start = await prepareClient({ words, url, key, models, say: terminal.say });
          const { env: given, removed } = execEnvironment(context.env, { url, key, models, start });
          const socket = listen?.slice("unix:".length);
          const env = { ...given, ...fillIn({ url, key, socket, "socket-key": socketKey }) };
          if (removed.length > 0)
            terminal.say(`tokenflow: removed from the environment of the command: ${removed.join(", ")}.`);
          signal.throwIfAborted();
          const { takeSignals } = context;
          const [file = program, ...rest] = start.words;
          exitCode = await runChild({ program: file, args: rest, env, say: terminal.say, takeSignals });
        },
        { upstream },
      );
    } catch (error) {
      if (exitCode === undefined) throw error;
      // The command has ended, and its exit code is the result.
      terminal.say(problemLine(await readProblem(error)));
    }
    return exitCode ?? EXIT.unexpected;
  },
});

/** Reads the models. Runs the command without them if the service lists none. */
function modelsFor(
  { signal, terminal, verbose }: Context,
  proxy: { readonly url: string; readonly key: string },
): Promise<readonly ClientModel[]> {
  return readModels({ ...proxy, signal }).catch(async (error: unknown) => {
    signal.throwIfAborted();
    if (verbose) terminal.say(problemLine(await readProblem(error)));
    return [];
  });
}

/** @throws UsageError for text that is no budget, or one for another time than this run */
async function readRunBudget(text: string): Promise<Budget> {
  const { readBudget } = await import("@tokenflow/proxy/usage");
  const budget = readBudget(text);
  if (budget?.per === "run") return budget;
  throw new UsageError(`--budget must be an amount such as 50 or 2000000tokens, not "${text}"`);
}

/** Nothing of a run is kept: the person did not ask for it. */
async function countInMemory(budget: Budget, say: (line: string) => void): Promise<Usage> {
  const { createUsage } = await import("@tokenflow/proxy/usage");
  return createUsage({ budgets: [budget], onNotice: (sentence) => say(`tokenflow: ${sentence}`) });
}
