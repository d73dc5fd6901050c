// copilot-api: `auth` signs in at github.com and stores the token in a file. Node leads it to the proxy.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { startFront } from "./github-front.mjs";

const { url, authority } = await startFront();
const program = join(import.meta.dirname, "node_modules/copilot-api/dist/main.js");
const auth = spawn(process.execPath, [program, "auth"], {
  env: { ...process.env, HTTPS_PROXY: url, NODE_USE_ENV_PROXY: "1", NODE_EXTRA_CA_CERTS: authority },
  stdio: ["ignore", 2, 2],
});
const [exit] = await once(auth, "exit");
if (exit !== 0) process.exit(exit ?? 1);
process.stdout.write(`${readFileSync(join(homedir(), ".local/share/copilot-api/github_token"), "utf8")}\n`);
