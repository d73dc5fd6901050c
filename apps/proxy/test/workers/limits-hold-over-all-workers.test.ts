import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { until } from "../fixtures/upstream.ts";
import { type Answer, CALL, noProcessTable, prefixes, startWorkers } from "../fixtures/workers.ts";

const WAIT = { timeout: 60_000 };
const CHAT = "/v1/chat/completions";
const KIB = 1024;
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Answers each call when it is told to. */
function createGate(): {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  readonly waiting: (() => void)[];
  readonly most: () => number;
} {
  const waiting: (() => void)[] = [];
  let running = 0;
  let most = 0;
  return {
    waiting,
    most: () => most,
    listener(request, response) {
      running += 1;
      most = Math.max(most, running);
      request.resume();
      waiting.push(() => {
        running -= 1;
        response.setHeader("content-type", "application/json").end("{}");
      });
    },
  };
}

const statusesOf = (answers: readonly Answer[]): Readonly<Record<number, number>> =>
  Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => status)].map(([status, list]) => [status, list.length]),
  );

test.skipIf(noProcessTable)("slots and the queue are counted over both workers", async () => {
  const gate = createGate();
  await using workers = await startWorkers({
    upstream: gate.listener,
    args: ["--concurrency", "3", "--queue", "4"],
  });
  const answers = Array.from({ length: 20 }, () => workers.send(CHAT, { body: CALL }));
  let refused = 0;
  const count = ({ status }: Answer): void => void (refused += status === 429 ? 1 : 0);
  for (const answer of answers) answer.then(count, () => undefined);
  await until(() => refused === 13, "all but those with a slot or a place in the queue were refused");
  await until(() => gate.waiting.length === 3, "three calls are at the upstream");
  const full = await workers.send("/readyz");
  expect([full.status, JSON.parse(full.text)]).toMatchObject([503, { why: "the queue is full" }]);
  const metrics = (await workers.send("/metrics")).text;
  expect(metrics).toContain("tokenflow_requests_running 3\n");
  expect(metrics).toContain("tokenflow_queue_waiting 4\n");

  for (let answered = 0; answered < 7; answered += 1) {
    await until(() => gate.waiting.length > 0, "the next one has its slot");
    gate.waiting.shift()?.();
  }
  expect(statusesOf(await Promise.all(answers))).toEqual({ 200: 7, 429: 13 });
  expect(gate.most()).toBe(3);
});

test.skipIf(noProcessTable)("a caller that disconnects leaves the queue of the other process", async () => {
  const gate = createGate();
  await using workers = await startWorkers({ upstream: gate.listener, args: ["--concurrency", "1"] });
  const first = workers.send(CHAT, { body: CALL });
  await until(() => gate.waiting.length === 1, "the first one has the slot");
  const { port } = new URL(workers.url);
  for (let callers = 0; callers < 4; callers += 1) {
    const socket = connect(Number(port), "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${CALL.length}\r\n\r\n${CALL}`);
  }
  const waiting = async (): Promise<string> => (await workers.send("/metrics")).text;
  await expect.poll(waiting, WAIT).toContain("tokenflow_queue_waiting 4\n");
  for (const socket of sockets) socket.destroy();
  await expect.poll(waiting, WAIT).toContain("tokenflow_queue_waiting 0\n");
  gate.waiting[0]?.();
  expect((await first).status).toBe(200);
  await expect.poll(waiting, WAIT).toContain("tokenflow_requests_running 0\n");
  expect(gate.waiting).toHaveLength(1);
});

test.skipIf(noProcessTable)("requests in a minute are counted over both workers", async () => {
  const upstream = (_request: IncomingMessage, response: ServerResponse): void => void response.end("{}");
  await using workers = await startWorkers({ upstream, args: ["--requests-per-minute", "50"] });
  const answers = await Promise.all(Array.from({ length: 60 }, () => workers.send(CHAT, { body: CALL })));
  expect(statusesOf(answers)).toEqual({ 200: 50, 429: 10 });
  expect(new Set(prefixes(workers.program)).size).toBe(2);
});

test.skipIf(noProcessTable)("guesses of a key are slowed down whichever worker hears them", async () => {
  const key = "the-right-key-of-all";
  await using workers = await startWorkers({
    upstream: (_request, response) => void response.end("{}"),
    env: { TOKENFLOW_PROXY_KEY: key },
  });
  const guess = (): Promise<Answer> =>
    workers.send("/v1/models", { headers: { "x-api-key": "a-wrong-key-of-one" } });
  const answers: Answer[] = [];
  for (let guesses = 0; guesses < 12; guesses += 1) answers.push(await guess());
  expect(statusesOf(answers)).toEqual({ 401: 10, 429: 2 });
  const right = { headers: { "x-api-key": key } };
  expect((await workers.send("/v1/models", right)).status).toBe(200);
  expect((await workers.send("/metrics", right)).text).toContain("tokenflow_keys_refused_total 12\n");
});

test.skipIf(noProcessTable)(
  "bodies of both workers share one budget, and the largest that still arrives gives way",
  async () => {
    await using workers = await startWorkers({
      upstream: (request, response) => void request.resume().on("end", () => response.end("{}")),
      args: ["--body-budget", "10"],
    });
    const upload = (length: number, sent: number): { readonly text: () => string } => {
      const socket = connect(Number(new URL(workers.url).port), "127.0.0.1");
      sockets.push(socket);
      let text = "";
      socket.setEncoding("latin1").on("data", (part: string) => (text += part));
      socket.on("error", () => undefined);
      socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${length}\r\n\r\n`);
      socket.write(Buffer.alloc(sent, " "));
      return { text: () => text };
    };
    const used = async (): Promise<number> =>
      JSON.parse((await workers.send("/readyz")).text)["budgets"]["bodyBytes"];
    // Connections take turns, so each worker has one of the two largest.
    const large = upload(8000 * KIB, 6000 * KIB);
    await expect.poll(used, WAIT).toBeGreaterThanOrEqual(6000 * KIB);
    const second = upload(8000 * KIB, 3000 * KIB);
    await expect.poll(used, WAIT).toBeGreaterThanOrEqual(9000 * KIB);
    const third = upload(4000 * KIB, 4000 * KIB);
    await until(() => third.text() !== "" && large.text() !== "", "both were answered");
    expect(large.text()).toMatch(/^HTTP\/1.1 503 [^]*too many request bodies/);
    expect(third.text()).toMatch(/^HTTP\/1.1 200 /);
    expect(second.text()).toBe("");
    await expect.poll(used, WAIT).toBeLessThan(4000 * KIB);
    expect((await workers.send("/metrics")).text).toContain(
      'tokenflow_bodies_refused_total{reason="memory"} 1\n',
    );
  },
);

test.skipIf(noProcessTable)(
  "200 callers at once exceed a budget by no more than the calls under way",
  async () => {
    const price = 10;
    const upstream = (request: IncomingMessage, response: ServerResponse): void => {
      request
        .resume()
        .on("end", () =>
          response
            .setHeader("content-type", "application/json")
            .end(JSON.stringify({ usage: { prompt_tokens: price, completion_tokens: 0 } })),
        );
    };
    await using workers = await startWorkers({
      upstream,
      args: ["--budget", `${30 * price}tokens`, "--concurrency", "4", "--queue", "300"],
    });
    const answers = await Promise.all(Array.from({ length: 200 }, () => workers.send(CHAT, { body: CALL })));
    const statuses = statusesOf(answers);
    expect(statuses[200]).toBeGreaterThanOrEqual(30);
    expect(statuses[200]).toBeLessThan(30 + 4);
    expect((statuses[200] ?? 0) + (statuses[429] ?? 0)).toBe(200);
    expect(new Set(prefixes(workers.program)).size).toBe(2);
    const usage = JSON.parse((await workers.send("/api/usage")).text);
    expect(usage["days"][0]).toMatchObject({ answers: statuses[200], input: price * (statuses[200] ?? 0) });
  },
);

test.skipIf(noProcessTable)(
  "a rate limit of the upstream holds back the requests of both workers",
  async () => {
    let calls = 0;
    await using workers = await startWorkers({
      upstream(request, response) {
        request.resume();
        calls += 1;
        response.writeHead(429, { "retry-after": "60", "content-type": "application/json" }).end("{}");
      },
    });
    expect((await workers.send(CHAT, { body: CALL })).status).toBe(429);
    await expect.poll(async () => (await workers.send("/readyz")).text).toContain('"copilot":"limited"');
    for (let requests = 0; requests < 6; requests += 1) await workers.send(CHAT, { body: CALL });
    expect(calls).toBe(1);
  },
);
