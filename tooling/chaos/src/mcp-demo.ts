/**
 * Shows what one session for all clients is worth: clients of one MCP server, tokens of two seconds, and an authorization
 * server that revokes a sign-in whose refresh token comes twice. First with a bridge for each client, some of which are
 * killed; then the same with mcp-remote from npm; then with the official SDK's own provider, of which each client keeps a
 * copy. `--clients` and `--seconds` change the size.
 */
import { parseArgs } from "node:util";
import { type ClientsResult, runBridges } from "./scenarios/mcp-bridges.ts";
import { runOwnCopies } from "./scenarios/mcp-own-copies.ts";
import { installMcpRemote, MCP_REMOTE_VERSION } from "./scenarios/mcp-remote.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10" },
    seconds: { type: "string", default: "20" },
  },
});
const options = { clients: Number(values.clients), seconds: Number(values.seconds), tokenLifetime: 2 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const row = (name: string, { calls, failed, kills, signIns }: ClientsResult): string =>
  `${name.padEnd(28)} ${[signIns, kills, calls, failed].map((count) => String(count).padStart(9)).join("")}`;

say(`${options.clients} clients, ${options.seconds} s, tokens of ${options.tokenLifetime} s, one sign-in`);
say(`${"".padEnd(28)}  sign-ins  kill -9    calls   failed`);
const ours = await runBridges(options);
say(row("tokenflow mcp", ours));
try {
  say(row(`mcp-remote ${MCP_REMOTE_VERSION}`, await runBridges(options, installMcpRemote())));
} catch (error) {
  say(`mcp-remote was not run: ${error instanceof Error ? error.message.split("\n")[0] : "unknown"}`);
}
say(row("the SDK's own provider", await runOwnCopies(options)));
if (ours.failed > 0) process.exitCode = 1;
