import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

/**
 * Loopback never delays anything, with any setting, so this checks the option that Node sets in the kernel.
 * https://man7.org/linux/man-pages/man7/tcp.7.html TCP_NODELAY
 */
function isNoDelay(socket: object): unknown {
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === "kSetNoDelay",
  );
  expect(symbol, "Node has another name for it now").toBeDefined();
  return symbol && Reflect.get(socket, symbol);
}

test("the caller's connection and the one to the upstream send each event at once", async () => {
  const sockets: Record<"accepted" | "opened", Socket[]> = { accepted: [], opened: [] };
  const accepted = (message: unknown): void =>
    void sockets.accepted.push((message as { socket: Socket }).socket);
  const opened = (message: unknown): void => void sockets.opened.push((message as { socket: Socket }).socket);
  subscribe("net.server.socket", accepted);
  subscribe("undici:client:connected", opened);
  onTestFinished(() => {
    unsubscribe("net.server.socket", accepted);
    unsubscribe("undici:client:connected", opened);
  });
  await using upstream = await startUpstream((_request, response) => void response.end("data: 1\n\n"));
  await using proxy = await startProxy({ sessions: [{ manager: upstream.manager }] });

  expect(await (await fetch(`${proxy.url}/v1/models`)).text()).toBe("data: 1\n\n");

  const port = Number(new URL(proxy.url).port);
  const toCallers = sockets.accepted.filter(({ localPort }) => localPort === port);
  const toUpstream = sockets.opened.filter(
    ({ remotePort }) => remotePort === Number(new URL(upstream.url).port),
  );
  expect([toCallers.map(isNoDelay), toUpstream.map(isNoDelay)]).toEqual([[true], [true]]);
});
