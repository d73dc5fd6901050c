import { setTimeout as pause } from "node:timers/promises";
import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { githubCode, githubPoll, PATIENT, postJson, send } from "./requests.ts";

test("GitHub says slow_down to an early poll although the person has approved", async () => {
  await using simulator = await startSimulator({ interval: 60 });
  const code = await githubCode(simulator);
  simulator.approve(String(code.json["user_code"]));
  const first = await githubPoll(simulator, code);
  const second = await githubPoll(simulator, code);
  expect(first.status).toBe(200);
  expect(first.json).toMatchObject({ error: "slow_down", interval: 65 });
  expect(second.json).toMatchObject({ error: "slow_down", interval: 70 });
  expect(simulator.counts).toMatchObject({ polls: 2, slowDowns: 2 });
});

test("a client that waits a full interval after each answer gets through", async () => {
  await using simulator = await startSimulator({ interval: 0.05 });
  const code = await githubCode(simulator);
  await pause(60);
  expect((await githubPoll(simulator, code)).json).toMatchObject({ error: "authorization_pending" });
  simulator.approve(String(code.json["user_code"]));
  await pause(60);
  expect((await githubPoll(simulator, code)).json).toMatchObject({ token_type: "bearer" });
});

test("the interval counts from the answer, so a poll beside an unanswered one is early", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const code = await githubCode(simulator);
  simulator.fault({ path: "/login/oauth", processed: true, hang: true });
  const leave = new AbortController();
  const hanging = fetch(`${simulator.githubUrl}/login/oauth/access_token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: "Iv1.b507a08c87ecfe98",
      device_code: String(code.json["device_code"]),
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    }),
    signal: leave.signal,
  }).catch(() => undefined);
  await expect.poll(() => simulator.journal.at(-1)?.outcome, PATIENT).toBe("pending");
  expect((await githubPoll(simulator, code)).json).toMatchObject({ error: "slow_down" });
  leave.abort();
  await hanging;
});

test("Hyper says slow_down in the same way", async () => {
  await using simulator = await startSimulator({ interval: 60 });
  const code = await postJson(`${simulator.hyperUrl}/device/auth`, { device_name: "TokenFlow" });
  simulator.approve(String(code.json["user_code"]));
  const poll = await send(`${simulator.hyperUrl}/device/auth/${String(code.json["device_code"])}`);
  expect(poll.status).toBe(200);
  expect(poll.json).toMatchObject({ error: "slow_down" });
});
