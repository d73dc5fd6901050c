import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface RotatingServer extends AsyncDisposable {
  readonly url: string;
  /** How many grants were taken, and how many refused. */
  readonly counts: { redeemed: number; refused: number };
  /** Runs between the arrival of a grant and the answer. */
  during: (() => unknown) | undefined;
}

/** Each grant is good once; a second use revokes everything (RFC 9700 §4.14.2). Grants count up from `grant-0`. */
export async function startRotatingServer(lifetimeSeconds: number): Promise<RotatingServer> {
  const counts = { redeemed: 0, refused: 0 };
  const server = createServer(async (request, response) => {
    const good =
      new URLSearchParams(await text(request)).get("refresh_token") === `grant-${counts.redeemed}` &&
      counts.refused === 0;
    if (good) counts.redeemed += 1;
    else counts.refused += 1;
    const { redeemed } = counts;
    await rotating.during?.();
    const body = good
      ? { access_token: `token-${redeemed}`, refresh_token: `grant-${redeemed}`, expires_in: lifetimeSeconds }
      : { error: "invalid_grant" };
    response.writeHead(good ? 200 : 400, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const rotating: RotatingServer = {
    url: `http://127.0.0.1:${port}`,
    counts,
    during: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return rotating;
}
