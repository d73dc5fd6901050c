import { EXIT, keyOf, loadMcp, UsageError } from "@tokenflow/common";
import { createTokenManager } from "@tokenflow/core";
import { type Command, defineCommand, SESSION_OPTIONS, version } from "../cli/command.ts";
import { createBridge } from "../mcp/bridge.ts";
import { readLines } from "../mcp/read-lines.ts";
import { createEventListener } from "../session/open-manager.ts";
import { checkWritable, openStore } from "../session/store.ts";

export const mcp: Command = defineCommand({
  usage: "mcp <url>",
  about:
    "Connects a client that speaks MCP on stdin and stdout with a server that is reached by HTTP, and keeps its sign-in fresh. Any number of clients share one session. Without one the client gets a link for the person.",
  positionals: 1,
  words: [],
  options: { ...SESSION_OPTIONS },
  examples: [
    ["tokenflow mcp https://mcp.example.com/mcp", "the command for a client's settings"],
    ["tokenflow login mcp:https://mcp.example.com/mcp", "sign in before"],
    ["tokenflow setup claude-code --mcp https://mcp.example.com/mcp", "show the setting of a client"],
  ],
  async run({ flags, positionals: [url] }, context) {
    if (url === undefined)
      throw new UsageError("specify the address of the server", "Run: tokenflow mcp <url>");
    const { env, signal } = context;
    const { loadMcpProvider, mcpClientRecords } = await loadMcp();
    await using storeContext = await openStore(context);
    const { store, encryption } = storeContext;
    const provider = loadMcpProvider(`mcp:${url.replace(/^mcp:/, "")}`, {
      clients: mcpClientRecords(store, encryption),
    });
    const account = flags.account ?? "default";
    await checkWritable(storeContext, keyOf({ provider: provider.id, account }));
    await using manager = createTokenManager({
      provider,
      account,
      store,
      encryption: await encryption?.(),
      onEvent: createEventListener(context),
    });
    const over = new AbortController();
    const bridge = createBridge({
      provider,
      manager,
      env,
      version,
      signal: AbortSignal.any([signal, over.signal]),
      // As it is: what `print` makes readable would no longer be the same JSON.
      writeLine: (line) => void process.stdout.write(`${line}\n`),
    });
    await readLines(process.stdin, (line) => void bridge.take(line).catch(() => undefined), signal);
    // The client has gone: what it waited for is of no use, but a redemption that was sent is stored.
    await bridge.end();
    over.abort();
    return signal.aborted && typeof signal.reason === "number" ? signal.reason : EXIT.done;
  },
});
