import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { BridgeProgram } from "./mcp-bridges.ts";

export const MCP_REMOTE_VERSION = "0.15.1";

/** Installs mcp-remote with npm, and returns its bridge. @throws `Error` if npm cannot install it */
export function installMcpRemote(): BridgeProgram {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const folder = join(cache, `tokenflow/mcp-remote-${MCP_REMOTE_VERSION}`);
  const program = join(folder, "node_modules/mcp-remote/dist/proxy.js");
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    const options = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
    const installing = ["install", ...options, `mcp-remote@${MCP_REMOTE_VERSION}`];
    const { status, stderr } = spawnSync("npm", installing, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`npm cannot install mcp-remote: ${stderr}`);
  }
  const bridge = (url: string): readonly string[] => [
    program,
    url,
    "--transport",
    "http-only",
    "--device-code",
  ];
  return {
    bridge,
    async signIn(url, env, oidc) {
      const child = spawn(process.execPath, bridge(url), { env, stdio: ["pipe", "ignore", "pipe"] });
      let printed = "";
      let isApproved = false;
      for await (const text of child.stderr.setEncoding("utf8")) {
        printed += String(text);
        const [, code] = /user_code=([\w-]+)/.exec(printed) ?? [];
        if (code !== undefined && !isApproved) {
          isApproved = true;
          await oidc.approve(code);
        }
        if (printed.includes("Proxy established successfully")) break;
      }
      child.kill();
      if (!isApproved) throw new Error(`mcp-remote did not sign in: ${printed}`);
    },
  };
}
