import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { bearer, exchangeHyper, githubCode, githubPoll, postJson, send } from "./requests.ts";

test("GitHub refuses the code and revokes the token", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const other = simulator.createGrant("github");
  const code = await githubCode(simulator);
  simulator.approve(String(code.json["user_code"]), { login: "hubot" });
  const token = String((await githubPoll(simulator, code)).json["access_token"]);
  const user = (grant: string): ReturnType<typeof send> =>
    send(`${simulator.githubApiUrl}/user`, { headers: bearer(grant) });
  expect((await user(token)).json).toMatchObject({ login: "hubot" });
  // Early or not: a spent code never comes to the check of the rate.
  simulator.settings.interval = 60;
  expect((await githubPoll(simulator, code)).json).toMatchObject({ error: "incorrect_device_code" });
  expect((await user(token)).status).toBe(401);
  expect((await user(other)).status).toBe(200);
  expect(simulator.counts.reuses).toBe(1);
});

test("Hyper refuses the code and revokes the family", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const code = await postJson(`${simulator.hyperUrl}/device/auth`, { device_name: "TokenFlow" });
  simulator.approve(String(code.json["user_code"]));
  const url = `${simulator.hyperUrl}/device/auth/${String(code.json["device_code"])}`;
  const first = await send(url);
  expect((await send(url)).json).toMatchObject({ error: "invalid_grant" });
  expect((await exchangeHyper(simulator, first.json["refresh_token"])).status).toBe(401);
});
