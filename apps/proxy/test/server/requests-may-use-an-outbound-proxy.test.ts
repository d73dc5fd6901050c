import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listen } from "../fixtures/upstream.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

test("the program redeems through the proxy in the environment", async () => {
  const home = await mkdtemp(join(tmpdir(), "tokenflow-proxy-"));
  const tunnels: string[] = [];
  const proxy = createServer().on("connect", ({ url = "" }, socket) => {
    tunnels.push(url);
    // The program is killed during its next request.
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  const way = await listen(proxy);
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [BIN, "--port", "0"], {
    env: {
      PATH,
      HOME: home,
      HTTPS_PROXY: way,
      TOKENFLOW_COPILOT_GRANT: "ghu_simulated",
      TOKENFLOW_GITHUB_API_URL: "https://api.corp.test",
    },
    stdio: "ignore",
  });
  const over = once(child, "close");
  try {
    await expect.poll(() => tunnels).toContain("api.corp.test:443");
  } finally {
    child.kill("SIGKILL");
    await over;
    proxy.close();
    await rm(home, { recursive: true });
  }
});
