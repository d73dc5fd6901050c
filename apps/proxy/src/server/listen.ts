import type { Server } from "node:http";
import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";

/** Messages and hints for the common errors. */
const ERRORS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EADDRINUSE: ["is in use", "Stop what listens there, or choose another port."],
  EACCES: ["is not allowed for this user", "Choose a port above 1023."],
  EADDRNOTAVAIL: ["is not an address of this machine", "Choose another host."],
  ENOTFOUND: ["is an unknown host", "Choose another host."],
  EAI_AGAIN: ["is an unknown host", "Choose another host."],
};

/** @throws `provider.misconfigured` if the address cannot be used */
export function listen(server: Server, host: string, port: number): Promise<{ readonly url: string }> {
  const hostInUrl = host.includes(":") ? `[${host}]` : host;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const code = systemCode(error) ?? "";
      const [problem, hint] = ERRORS[code] ?? [`cannot be used (${code})`, "Choose another address."];
      reject(new TokenFlowError("provider.misconfigured", `${hostInUrl}:${port} ${problem}`, { hint }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      const actual = typeof address === "object" && address ? address.port : port;
      resolve({ url: `http://${hostInUrl}:${actual}` });
    });
  });
}
