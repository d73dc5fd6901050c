import { connect, type Socket } from "node:net";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { afterEach, expect, test } from "vitest";
import { type RunningProxy, startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const KIB = 1024;
const BUDGET = 10_240 * KIB;
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

interface Upload {
  readonly socket: Socket;
  readonly text: () => string;
}

/** Begins to send a body, and sends no more of it than this. */
function upload(
  url: string,
  { length, sent, path = "/v1/chat/completions" }: { length: number; sent: number; path?: string },
): Upload {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  sockets.push(socket);
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => (text += part));
  socket.on("error", () => undefined);
  socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
  socket.write(Buffer.alloc(sent, " "));
  return { socket, text: () => text };
}

const used = (proxy: RunningProxy): number => proxy.bodies()?.used ?? Number.NaN;
test("the largest body that is still arriving gives way, and its caller is told to come again", async () => {
  await using upstream = await startUpstream((request, response) => {
    request.resume().on("end", () => response.end("{}"));
  });
  const monitor = createMonitor();
  await using proxy = await startProxy({ sessions: [upstream], bodyBudget: BUDGET, monitor });
  const large = upload(proxy.url, { length: 8000 * KIB, sent: 7000 * KIB, path: "/v1/messages" });
  await until(() => used(proxy) >= 7000 * KIB, "the large body has arrived in part");
  const smaller = upload(proxy.url, { length: 5000 * KIB, sent: 5000 * KIB });
  await until(() => smaller.text() !== "" && large.text().includes("request_id"), "both were answered");

  expect(smaller.text()).toMatch(/^HTTP\/1.1 200 /);
  expect(large.text()).toMatch(/^HTTP\/1.1 503 [^]*retry-after: 5\r\n/);
  expect(large.text()).toContain(
    '{"type":"error","error":{"type":"api_error","message":"The proxy holds too many',
  );
  await until(() => used(proxy) === 0, "no body is in memory");

  const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
  expect(metrics).toContain("tokenflow_body_bytes 0\n");
  expect(metrics).toContain(`tokenflow_body_budget_bytes ${BUDGET}\n`);
  expect(metrics).toContain('tokenflow_bodies_refused_total{reason="memory"} 1\n');
  expect(metrics).toContain('tokenflow_bodies_refused_total{reason="size"} 0\n');
  const { budgets } = (await (await fetch(`${proxy.url}/readyz`)).json()) as { budgets: object };
  expect(budgets).toMatchObject({ bodyBytes: 0, bodyBudget: BUDGET, refusedBodies: 1 });
});

test("a body that is complete and waits for its answer never gives way", async () => {
  let answer: (() => void) | undefined;
  await using upstream = await startUpstream((request, response) => {
    request.resume().on("end", () => (answer = () => response.end("{}")));
  });
  await using proxy = await startProxy({ sessions: [upstream], bodyBudget: BUDGET });
  const first = upload(proxy.url, { length: 7000 * KIB, sent: 7000 * KIB });
  await until(() => answer !== undefined, "the upstream got the first body");
  const second = upload(proxy.url, { length: 7000 * KIB, sent: 7000 * KIB });
  await until(() => second.text() !== "", "the second was answered");

  expect(second.text()).toMatch(/^HTTP\/1.1 503 [^]*"code":"proxy.overloaded"/);
  answer?.();
  await until(() => first.text() !== "", "the first was answered");
  expect(first.text()).toMatch(/^HTTP\/1.1 200 /);
  await until(() => used(proxy) === 0, "no body is in memory");
});

test("a body is let go when its answer begins, not when it ends", async () => {
  await using upstream = await startUpstream((request, response) => {
    request.resume().on("end", () => response.writeHead(200).write("begun"));
  });
  await using proxy = await startProxy({ sessions: [upstream], bodyBudget: BUDGET });
  const open: Response[] = [];
  // Each needs most of the budget until its answer begins.
  for (let stream = 0; stream < 3; stream += 1) {
    const body = Buffer.alloc(7000 * KIB, " ");
    const answer = await fetch(`${proxy.url}/v1/chat/completions`, { method: "POST", body });
    expect(answer.status).toBe(200);
    expect(used(proxy)).toBe(0);
    open.push(answer);
  }
  for (const answer of open) await answer.body?.cancel();
});

test.each<readonly [end: string, upstreamDoes: "nothing" | "break" | "refuse"]>([
  ["the caller leaves while it sends", "nothing"],
  ["the caller leaves while it waits", "nothing"],
  ["the upstream breaks the connection", "break"],
  ["the upstream refuses the token twice", "refuse"],
])("a body is let go when %s", async (end, upstreamDoes) => {
  await using upstream = await startUpstream((request, response) => {
    if (upstreamDoes === "break") request.socket.destroy();
    else if (upstreamDoes === "refuse") response.writeHead(401).end("expired");
  });
  await using proxy = await startProxy({ sessions: [upstream], bodyBudget: BUDGET });
  const sent = end.endsWith("sends") ? 3000 * KIB : 6000 * KIB;
  const caller = upload(proxy.url, { length: 6000 * KIB, sent });
  await until(() => used(proxy) > 0 || caller.text() !== "", "the body arrives");
  if (end.endsWith("waits")) await until(() => upstream.requests.length > 0, "the upstream was asked");
  if (upstreamDoes === "nothing") caller.socket.destroy();
  else await until(() => caller.text() !== "", "the caller was answered");

  await until(() => used(proxy) === 0, "no body is in memory");
});

test("a body that exceeds its own limit is not kept while the rest of it is discarded", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], bodyLimit: 100 * KIB, bodyBudget: BUDGET });
  const caller = upload(proxy.url, { length: 0, sent: 0 });
  caller.socket.destroy();
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  sockets.push(socket);
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => (text += part));
  socket.write("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  socket.write(`32000\r\n${" ".repeat(0x32000)}\r\n`);
  await until(() => text !== "", "it was answered");

  expect(text).toMatch(/^HTTP\/1.1 413 /);
  expect(used(proxy)).toBe(0);
  expect(proxy.bodies()?.refused).toEqual({ memory: 0, size: 1, unpacked: 0, depth: 0 });
});
