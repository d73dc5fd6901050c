import { createServer } from "node:http";
import { connect } from "node:net";

/** A proxy for a client's requests to other hosts: it refuses and lists them. */
export interface HostCatcher extends AsyncDisposable {
  readonly url: string;
  /** The hosts that were asked for since the last call. */
  take(): readonly string[];
}

/** Starts the proxy on loopback. Requests to loopback pass, since some clients send even those through a proxy. */
export async function startHostCatcher(): Promise<HostCatcher> {
  const hosts = new Set<string>();
  const server = createServer((request, response) => {
    hosts.add(nameOf(new URL(request.url ?? "/", "http://unknown").host));
    response.writeHead(403).end();
  });
  server.on("connect", (request, socket) => {
    socket.on("error", () => undefined);
    const [host = "", port] = (request.url ?? "").split(":");
    if (host !== "127.0.0.1" && host !== "localhost") {
      hosts.add(nameOf(host));
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    take() {
      const all = [...hosts].toSorted();
      hosts.clear();
      return all;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A registry of packages is whatever this machine is set to, so the page does not name it. */
function nameOf(host: string): string {
  return host.startsWith("registry.") ? "the package registry" : host;
}
