import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import {
  ask,
  bearer,
  copilotToken,
  EDITOR,
  exchangeGithub,
  exchangeHyper,
  githubCode,
  githubPoll,
  PATIENT,
  postJson,
  question,
  send,
} from "./requests.ts";

test("no grant, token or device code is in it", async () => {
  await using simulator = await startSimulator({ interval: 0, keepBodies: true });
  const secrets: string[] = [];
  const keep = (value: unknown): string => {
    secrets.push(String(value));
    return String(value);
  };
  const code = await githubCode(simulator);
  keep(code.json["device_code"]);
  simulator.approve(String(code.json["user_code"]));
  const grant = keep((await githubPoll(simulator, code)).json["access_token"]);
  const token = keep((await exchangeGithub(simulator, grant)).json["token"]);
  await ask(simulator, token);
  const hyperCode = await postJson(`${simulator.hyperUrl}/device/auth`, { device_name: "TokenFlow" });
  simulator.approve(String(hyperCode.json["user_code"]));
  const poll = `${simulator.hyperUrl}/device/auth/${keep(hyperCode.json["device_code"])}`;
  await send(poll, { method: "PUT" });
  const hyperGrant = keep((await send(poll)).json["refresh_token"]);
  const hyper = (await exchangeHyper(simulator, hyperGrant)).json;
  keep(hyper["refresh_token"]);
  await send(`${simulator.hyperUrl}/v1/credits?key=${keep(hyper["access_token"])}`, {
    headers: { ...bearer(String(hyper["access_token"])), "x-api-key": String(hyper["access_token"]) },
  });
  const written = JSON.stringify(simulator.journal);
  for (const secret of secrets) expect(written).not.toContain(secret);
  expect(simulator.journal.map(({ kind }) => kind)).toEqual([
    "device_code",
    "poll",
    "exchange",
    "chat",
    "device_code",
    "unknown",
    "poll",
    "exchange",
    "credits",
  ]);
  expect(simulator.counts).toMatchObject({
    requests: 9,
    deviceCodes: 2,
    polls: 2,
    approvals: 2,
    exchanges: 2,
    tokens: 2,
    modelCalls: 1,
    refusals: 0,
    aborted: 0,
  });
});

test("an entry says what was asked, by whom, and how it ended", async () => {
  await using simulator = await startSimulator({ keepBodies: true });
  const token = await copilotToken(simulator);
  const headers = { ...EDITOR, ...bearer(token), "x-initiator": "agent" };
  const body = question({ stream: true });
  const { text } = await postJson(`${simulator.copilotUrl}/chat/completions`, body, headers);
  expect(simulator.journal.at(-1)).toMatchObject({
    at: expect.any(Number),
    service: "copilot",
    kind: "chat",
    method: "POST",
    path: "/chat/completions",
    status: 200,
    outcome: "answered",
    headers: expect.objectContaining({ "x-initiator": "agent", "editor-version": "vscode/1.105.0" }),
    model: "gpt-4.1",
    stream: true,
    body: JSON.stringify(body),
    bytes: Buffer.byteLength(text),
  });
  await expect.poll(() => simulator.journal.at(-1)?.done, PATIENT).toBe(true);
  expect(simulator.counts.streams).toBe(1);
});

test("a client that leaves in the middle of a stream is counted, and the stream stops", async () => {
  await using simulator = await startSimulator({ chunks: 10_000, chunkDelay: 5 });
  const token = await copilotToken(simulator);
  const leave = new AbortController();
  const response = await fetch(`${simulator.copilotUrl}/chat/completions`, {
    method: "POST",
    headers: { ...EDITOR, ...bearer(token) },
    body: JSON.stringify(question({ stream: true })),
    signal: leave.signal,
  });
  expect(response.status).toBe(200);
  leave.abort();
  await expect.poll(() => simulator.counts.aborted, PATIENT).toBe(1);
  expect(simulator.journal.at(-1)).toMatchObject({ aborted: true, done: true });
});

test("a slow reader is not sent more than it can take", async () => {
  await using simulator = await startSimulator({ chunks: 200_000 });
  const token = await copilotToken(simulator);
  const response = await fetch(`${simulator.copilotUrl}/chat/completions`, {
    method: "POST",
    headers: { ...EDITOR, ...bearer(token) },
    body: JSON.stringify(question({ stream: true })),
  });
  // It stands still when every buffer on the way is full: far from the 40 MB of the whole answer.
  const entry = simulator.journal.at(-1);
  let before = 0;
  let still = 0;
  await expect
    .poll(() => {
      const bytes = entry?.bytes ?? 0;
      still = bytes > 0 && bytes === before ? still + 1 : 0;
      before = bytes;
      return still;
    }, PATIENT)
    .toBeGreaterThan(2);
  expect(before).toBeLessThan(25_000_000);
  expect(entry?.done).toBe(false);
  await response.body?.cancel();
});
