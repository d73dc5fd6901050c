import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/**
 * How the proxy treats a CONNECT: a tunnel to the port, a status, or another way to fail before or in the TLS
 * handshake. `"silence"` never answers.
 */
export type TunnelAnswer =
  | { readonly port: number }
  | { readonly status: number }
  | "close"
  | "reset"
  | "no HTTP"
  | "silence"
  | "close in the handshake"
  | "reset in the handshake"
  | "no TLS";

/** A network's proxy. */
export interface TunnelProxy extends AsyncDisposable {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  readonly host: string;
  /** The targets that clients asked for: `login.corp.test:443`, or the address of a request in plain text. */
  readonly targets: readonly string[];
  /** The `Proxy-Authorization` of each of them. */
  readonly authorizations: readonly (string | undefined)[];
}

/** Starts a proxy that decides for each target what becomes of it. */
export async function startTunnelProxy(answer: (target: string) => TunnelAnswer): Promise<TunnelProxy> {
  const targets: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const note = ({ url = "", headers }: IncomingMessage): string => {
    targets.push(url);
    authorizations.push(headers["proxy-authorization"]);
    return url;
  };
  const server = createServer((request, response) => {
    note(request);
    response.writeHead(502).end();
  });
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request, socket: Socket) => {
    socket.on("error", () => undefined);
    act(answer(note(request)), socket, sockets);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    targets,
    authorizations,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function act(answer: TunnelAnswer, socket: Socket, sockets: Set<Socket>): void {
  if (answer === "silence") return;
  if (answer === "close") return void socket.end();
  if (answer === "reset") return void socket.resetAndDestroy();
  if (answer === "no HTTP") return void socket.end("220 mail.example.org ESMTP\r\n");
  if (typeof answer === "object" && "status" in answer) {
    return void socket.end(`HTTP/1.1 ${answer.status} No\r\ncontent-length: 0\r\n\r\n`);
  }
  socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
  if (typeof answer === "string") {
    return void socket.once("data", () => {
      if (answer === "close in the handshake") socket.end();
      else if (answer === "no TLS") socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      else socket.resetAndDestroy();
    });
  }
  const there = connect(answer.port, "127.0.0.1", () => socket.pipe(there).pipe(socket));
  sockets.add(there);
  for (const [end, other] of [
    [socket, there],
    [there, socket],
  ] as const) {
    end.on("error", () => other.destroy());
    // A reset is passed on as one.
    end.on("close", (failed) => (failed ? other.resetAndDestroy() : other.destroySoon()));
  }
}
