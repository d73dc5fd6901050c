import { homedir } from "node:os";
import { suggest, UsageError } from "@tokenflow/common";
import { requireSafeUrl } from "@tokenflow/core/provider";
import { type Command, type Context, defineCommand } from "../cli/command.ts";
import { dashed, mayServe, usableBy } from "../clients/choose-model.ts";
import type { Client, Target } from "../clients/client.ts";
import { type Api, type ClientModel, readModels } from "../clients/read-models.ts";
import { SHELL_KEY } from "../clients/shell-text.ts";
import { CLIENTS } from "../clients/table.ts";
import { printMcpSettings } from "../setup/mcp-settings.ts";
import { setUpTool } from "../setup/set-up-tool.ts";
import { showSettings } from "../setup/show-settings.ts";
import { AGENTS, TOOLS } from "../tools/table.ts";
import type { Tool } from "../tools/tool.ts";

const TOOL_NAMES: readonly string[] = Object.keys(TOOLS);
const NAMES: readonly string[] = [...Object.keys(CLIENTS), ...TOOL_NAMES];

const API_NAMES: Readonly<Record<Api, string>> = {
  chat: "Chat Completions",
  responses: "Responses",
  messages: "Messages",
};

export const setup: Command = defineCommand({
  usage: "setup <client> [provider]",
  about: `Shows the settings that make a client use the running proxy, with the models that it can use, and switches that stop requests to other hosts. --write edits the client's own file instead: it shows what changes, asks, and keeps the old file beside the new one. Clients: ${Object.keys(CLIENTS).join(", ")}. Other programs get the token of a session by their own protocol, without the proxy: ${TOOL_NAMES.join(", ")}, and with a provider also ${Object.keys(AGENTS).join(" and ")}.`,
  positionals: 2,
  words: NAMES,
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
    mcp: {
      type: "string",
      value: "url",
      help: "start this MCP server through tokenflow; claude-code with a provider: its headers",
    },
    write: {
      type: "boolean",
      help: "edit the client's own file; comments and other settings stay",
    },
    yes: { type: "boolean", help: "write without asking" },
    json: { type: "boolean", help: "print the settings as JSON, for programs" },
  },
  examples: [
    ["tokenflow setup claude-code", "variables for Claude Code"],
    ["tokenflow setup codex --write", "edit ~/.codex/config.toml, after a look at what changes"],
    [
      "TOKENFLOW_PROXY_KEY=… tokenflow setup opencode",
      "for a proxy that requires a key; the key is not shown",
    ],
    ["tokenflow setup codex --mcp https://mcp.example.com/mcp", "an MCP server, signed in once for all"],
    ["tokenflow setup git work", "git asks tokenflow for the token of the session work"],
  ],
  async run({ flags, positionals: [name, provider] }, context) {
    const { env, signal } = context;
    if (flags.mcp !== undefined && provider === undefined) {
      if (flags.write) throw new UsageError("--mcp only shows settings", "Remove --write.");
      return printMcpSettings(name, { url: flags.mcp, json: flags.json === true }, context);
    }
    if (flags.write && flags.json) throw new UsageError("--json only shows settings", "Remove --write.");
    const tool = findTool(name, provider);
    if (tool) return setUpTool(name ?? "", tool, { provider, flags }, context);
    const client = clientNamed(name);
    if (flags.mcp !== undefined) {
      throw new UsageError("--mcp takes no provider here", `Run: tokenflow setup ${name} --mcp <url>`);
    }
    if (provider !== undefined) {
      throw new UsageError(
        `${client.title} reaches a session only through the proxy`,
        `Run: tokenflow setup ${name}`,
      );
    }
    const url = proxyUrl(flags.url, env);
    const key = env["TOKENFLOW_PROXY_KEY"]?.trim() || undefined;
    const models = await readModels({ url, key, signal });
    const target: Target = {
      url,
      key: key === undefined ? "unused" : SHELL_KEY,
      keyVariable: key === undefined ? undefined : SHELL_KEY.slice(1),
      models: usableModels(client, models),
      model: chosenModel(flags.model, client, models),
    };
    const settings = client.settings(target, { env, home: env["HOME"] || homedir() });
    return showSettings({ name: name ?? "", where: client.where, url, settings, flags }, context);
  },
});

/** Returns a program that needs no proxy. Coding agents need none if a provider is named. */
function findTool(name = "", provider: string | undefined): Tool | undefined {
  if (Object.hasOwn(TOOLS, name)) return TOOLS[name];
  return provider !== undefined && Object.hasOwn(AGENTS, name) ? AGENTS[name] : undefined;
}

function clientNamed(name: string | undefined): Client {
  if (name === undefined) throw new UsageError("specify a client", `Clients: ${NAMES.join(", ")}`);
  const client = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined;
  if (client) return client;
  const near = suggest(name, NAMES);
  throw new UsageError(
    `unknown client "${name}"${near ? `; did you mean ${near}?` : ""}`,
    `Clients: ${NAMES.join(", ")}`,
  );
}

function usableModels(client: Client, models: readonly ClientModel[]): readonly ClientModel[] {
  const usable = usableBy(models, client.apis);
  if (usable.length > 0) return usable;
  throw new UsageError(
    `the proxy has no model for ${client.title}, which speaks ${apiNames(client.apis)}`,
    `Models: ${models.map(({ id }) => id).join(", ")}`,
  );
}

/** @throws UsageError for a model that the proxy lacks, or that none of the client's APIs serves */
function chosenModel(
  id: string | undefined,
  client: Client,
  models: readonly ClientModel[],
): ClientModel | undefined {
  if (id === undefined) return undefined;
  const model = models.find((one) => one.id === id) ?? models.find((one) => dashed(one.id) === dashed(id));
  const usable = usableBy(models, client.apis);
  if (model === undefined) {
    const near = suggest(
      id,
      models.map((one) => one.id),
    );
    throw new UsageError(
      `the proxy has no model "${id}"${near ? `; did you mean ${near}?` : ""}`,
      `Models: ${usable.map((one) => one.id).join(", ")}`,
    );
  }
  if (mayServe(model, client.apis)) return model;
  throw new UsageError(
    `${client.title} speaks ${apiNames(client.apis)}, and ${id} is served only at ${apiNames(model.apis ?? [])}`,
    `Models: ${usable.map((one) => one.id).join(", ")}`,
  );
}

function apiNames(apis: readonly Api[]): string {
  return apis.map((api) => API_NAMES[api]).join(" and ");
}

/** @throws `provider.misconfigured` for an address that the key must not be sent to */
function proxyUrl(flag: string | undefined, env: Context["env"]): string {
  const host = env["TOKENFLOW_PROXY_HOST"] || "127.0.0.1";
  const isAnyAddress = host === "0.0.0.0" || host === "::";
  const port = env["TOKENFLOW_PROXY_PORT"] || "4141";
  const shown = isAnyAddress ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  const { origin } = requireSafeUrl(flag ?? `http://${shown}:${port}`);
  return origin;
}
