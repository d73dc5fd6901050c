import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** An authorization server that rotates its grant, takes its time, and refuses a grant that was used before. */
export interface RotatingServer extends AsyncDisposable {
  readonly url: string;
  /** How many redemptions were asked for since the last `reset`. */
  readonly redemptions: number;
  readonly refused: number;
  /** Which grant is good now. */
  readonly generation: number;
  reset(): void;
}

/** How long a redemption takes, in milliseconds: about what a service on the internet needs. */
export const REDEMPTION = 200;

export async function startRotatingServer(): Promise<RotatingServer> {
  let generation = 0;
  let redemptions = 0;
  let refused = 0;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://host");
    if (pathname === "/at-once/") {
      response.end(JSON.stringify({ grant: 0, token: "at once" }));
      return;
    }
    const used = Number(searchParams.get("grant"));
    redemptions += 1;
    const good = used === generation;
    if (good) generation += 1;
    else refused += 1;
    const next = generation;
    void wait(REDEMPTION).then(() => {
      response.writeHead(good ? 200 : 400, { "content-type": "application/json" });
      response.end(JSON.stringify({ grant: next, token: `token-${next}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get redemptions() {
      return redemptions;
    },
    get generation() {
      return generation;
    },
    get refused() {
      return refused;
    },
    reset() {
      redemptions = 0;
      refused = 0;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
