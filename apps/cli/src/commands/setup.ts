import { EXIT, suggest, UsageError } from "@tokenflow/common";
import { requireSafeUrl } from "@tokenflow/core/provider";
import { type Command, type Context, defineCommand } from "../cli/command.ts";
import { CLIENTS } from "../exec/client-settings.ts";
import { readModels } from "../exec/read-models.ts";

export const setup: Command = defineCommand({
  usage: "setup <client>",
  about: `Shows the settings that make a client use the running proxy, with models that the proxy serves. Writes nothing. Clients: ${Object.keys(CLIENTS).join(", ")}.`,
  positionals: 1,
  options: {
    url: {
      type: "string",
      value: "url",
      help: "the address of the proxy (default: http://127.0.0.1:4141, or TOKENFLOW_PROXY_HOST and TOKENFLOW_PROXY_PORT)",
    },
    model: {
      type: "string",
      value: "id",
      help: "the model to use (default: the first one that fits the client)",
    },
  },
  examples: [
    ["tokenflow setup claude-code", "variables for Claude Code"],
    ["tokenflow setup codex >> ~/.codex/config.toml", "append it, after you have read it"],
    [
      "TOKENFLOW_PROXY_KEY=… tokenflow setup opencode",
      "for a proxy that requires a key; the key is not shown",
    ],
  ],
  async run({ flags, positionals: [name] }, { env, terminal, signal }) {
    const names = Object.keys(CLIENTS);
    if (name === undefined) throw new UsageError("specify a client", `Clients: ${names.join(", ")}`);
    const client = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined;
    if (!client) {
      const near = suggest(name, names);
      throw new UsageError(
        `unknown client "${name}"${near ? `; did you mean ${near}?` : ""}`,
        `Clients: ${names.join(", ")}`,
      );
    }
    const url = proxyUrl(flags.url, env);
    const key = env["TOKENFLOW_PROXY_KEY"]?.trim() || undefined;
    const models = await readModels({ url, key, signal });
    if (flags.model !== undefined && !models.includes(flags.model)) {
      const near = suggest(flags.model, models);
      throw new UsageError(
        `the proxy has no model "${flags.model}"${near ? `; did you mean ${near}?` : ""}`,
        `Models: ${models.join(", ")}`,
      );
    }
    terminal.say(terminal.dim(client.where));
    terminal.print(client.settings({ url, hasKey: key !== undefined, models, model: flags.model }));
    return EXIT.done;
  },
});

/** @throws `provider.misconfigured` for an address that the key must not be sent to */
function proxyUrl(flag: string | undefined, env: Context["env"]): string {
  const host = env["TOKENFLOW_PROXY_HOST"] || "127.0.0.1";
  const isAnyAddress = host === "0.0.0.0" || host === "::";
  const port = env["TOKENFLOW_PROXY_PORT"] || "4141";
  const shown = isAnyAddress ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  const { origin } = requireSafeUrl(flag ?? `http://${shown}:${port}`);
  return origin;
}
