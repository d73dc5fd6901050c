import { randomBytes } from "node:crypto";
import { createBearerUpstream, EXIT, UsageError } from "@tokenflow/common";
import { outboundProxies } from "@tokenflow/core/environment";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { problemLine, readProblem } from "../cli/problem.ts";
import { claudeModels, execEnvironment } from "../exec/exec-environment.ts";
import { readModels } from "../exec/read-models.ts";
import { runChild } from "../exec/run-child.ts";
import { withSession } from "../session/open-manager.ts";
import { requireUpstream, UPSTREAM_OPTIONS } from "../session/upstream.ts";

export const exec: Command = defineCommand({
  usage: "exec [provider] -- <command>",
  about:
    "Runs a command that reaches the service through a private proxy on loopback. The command gets the proxy's address and a key that is valid for this run only, in OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN and, if you have not set them, ANTHROPIC_DEFAULT_{OPUS,SONNET,HAIKU}_MODEL. It never gets the token. The exit code is the command's.",
  positionals: 1,
  takesCommand: true,
  options: { ...UPSTREAM_OPTIONS, ...SESSION_OPTIONS },
  examples: [
    ["tokenflow exec copilot -- claude", "Claude Code on Copilot"],
    ["tokenflow exec hyper -- node script.mjs", "a script with the openai package, without other settings"],
    ["tokenflow exec oauth --upstream https://api.example.org/v1 -- sh -c '…'", "any OAuth server's API"],
  ],
  async run({ flags, positionals: [provider], command: [program, ...args] }, context) {
    const { terminal, signal } = context;
    if (program === undefined) {
      throw new UsageError("specify a command after --", "Run: tokenflow exec copilot -- <command>");
    }
    const upstream = flags.upstream === undefined ? undefined : createBearerUpstream(flags.upstream);
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
          await using proxy = createProxy({
            sessions: [{ manager }],
            port: 0,
            keys,
            shutdownTimeout: 0,
            outboundProxy: outboundProxies(context.env),
          });
          const { url } = await proxy.listen();
          const models = await modelsFor(context, { url, key });
          const { env, removed } = execEnvironment(context.env, { url, key, models });
          if (removed.length > 0)
            terminal.say(`tokenflow: removed from the environment of the command: ${removed.join(", ")}.`);
          signal.throwIfAborted();
          const { takeSignals } = context;
          exitCode = await runChild({ program, args, env, say: terminal.say, takeSignals });
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

/** Reads the models, if a variable needs one. Runs the command without them if the service lists none. */
async function modelsFor(
  { env, signal, terminal, verbose }: Context,
  proxy: { readonly url: string; readonly key: string },
): Promise<readonly string[]> {
  const hasAllModels = Object.keys(claudeModels(env, ["opus-sonnet-haiku"])).length === 0;
  if (hasAllModels) return [];
  return readModels({ ...proxy, signal }).catch(async (error: unknown) => {
    signal.throwIfAborted();
    if (verbose) terminal.say(problemLine(await readProblem(error)));
    return [];
  });
}
