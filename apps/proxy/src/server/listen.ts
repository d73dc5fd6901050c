import type { Server } from "node:http";
import { TokenFlowError } from "@tokenflow/core";

/** What the person can do about the common reasons. */
const REASONS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EADDRINUSE: ["is in use", "Stop what listens there, or choose another port."],
  EACCES: ["may not be listened on by this user", "Choose a port above 1023."],
  EADDRNOTAVAIL: ["is not an address of this machine", "Choose another host."],
  ENOTFOUND: ["is not a host that is known here", "Choose another host."],
  EAI_AGAIN: ["is not a host that is known here", "Choose another host."],
};

/** @throws `provider.misconfigured` with a sentence for the person */
export function listen(server: Server, host: string, port: number): Promise<{ readonly url: string }> {
  const shown = host.includes(":") ? `[${host}]` : host;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const code = "code" in error ? String(error.code) : "";
      const [problem, hint] = REASONS[code] ?? [`cannot be listened on (${code})`, "Choose another address."];
      reject(new TokenFlowError("provider.misconfigured", `${shown}:${port} ${problem}`, { hint }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      const actual = typeof address === "object" && address ? address.port : port;
      resolve({ url: `http://${shown}:${actual}` });
    });
  });
}
